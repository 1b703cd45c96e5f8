import { ImageFetchError } from './image-fetch-error.js';
import { isPublicAddress } from './public-address.js';
import { resolvePublicHost } from './resolve-public-host.js';

const UNREACHABLE = ImageFetchError.unreachable().message;
const PUBLIC = '93.184.215.14';
const never = new AbortController().signal;

function networkOf(...answers: string[]) {
  return { resolve: jest.fn(async () => answers), isAllowed: isPublicAddress };
}

describe(resolvePublicHost.name, () => {
  it('gives all addresses of a name, looked up once', async () => {
    const network = networkOf(PUBLIC, '2606:4700::1111');
    expect(await resolvePublicHost('pictures.test', network, never)).toEqual([PUBLIC, '2606:4700::1111']);
    expect(network.resolve.mock.calls).toEqual([['pictures.test']]);
  });

  it.each([
    ['1.1.1.1', '1.1.1.1'],
    ['[2606:4700::1111]', '2606:4700::1111'],
  ])('takes the address %s without asking anybody', async (hostname, address) => {
    const network = networkOf();
    expect(await resolvePublicHost(hostname, network, never)).toEqual([address]);
    expect(network.resolve).not.toHaveBeenCalled();
  });

  // The names are answered as listed; what is written as an address is never looked up.
  it.each<[string, string, ...string[]]>([
    ['no answer', 'pictures.test'],
    ['localhost', 'localhost', '127.0.0.1'],
    ['localhost in IPv6', 'localhost', '::1'],
    ['a name for loopback', 'localtest.test', '127.0.0.1'],
    ['a name for a private address', 'router.test', '192.168.1.1'],
    ['a name for the metadata service', 'metadata.google.internal', '169.254.169.254'],
    ['a public and a private address', 'pictures.test', PUBLIC, '10.0.0.5'],
    ['a private and a public address', 'pictures.test', '10.0.0.5', PUBLIC],
    ['a public IPv4 and a local IPv6 address', 'pictures.test', PUBLIC, 'fd00::1'],
    ['a mapped address', 'pictures.test', '::ffff:10.0.0.5'],
    ['an address with a zone', 'pictures.test', 'fe80::1%eth0'],
    ['an answer that is no address', 'pictures.test', 'elsewhere.test'],
  ])('refuses %s', async (_what, hostname, ...answers) => {
    await expect(resolvePublicHost(hostname, networkOf(...answers), never)).rejects.toThrow(UNREACHABLE);
  });

  it.each([
    ['http://127.0.0.1/'],
    ['http://127.1/'],
    ['http://127.0.1/'],
    ['http://127.0.0.1./'],
    ['http://2130706433/'],
    ['http://0x7f000001/'],
    ['http://0x7f.0.0.1/'],
    ['http://0x7f.1/'],
    ['http://0177.0.0.1/'],
    ['http://017700000001/'],
    ['http://0/'],
    ['http://0.0.0.0/'],
    ['http://%31%32%37.0.0.1/'],
    ['http://127。0。0。1/'],
    ['http://①②⑦.⓪.⓪.①/'],
    ['http://１２７.0.0.1/'],
    ['http://3232235777/'],
    ['http://0xC0A80101/'],
    ['http://192.168.257/'],
    ['http://10.1/'],
    ['http://172.16.0.1/'],
    ['http://100.64.0.1/'],
    ['http://2852039166/'],
    ['http://0xA9FEA9FE/'],
    ['http://0251.0376.0251.0376/'],
    ['http://169.254.43518/'],
    ['http://169.254.169.254/latest/meta-data'],
    ['http://168.63.129.16/'],
    ['http://100.100.100.200/'],
    ['http://224.0.0.1/'],
    ['http://255.255.255.255/'],
    ['http://192.0.2.1/'],
    ['http://198.18.0.1/'],
    ['http://[::]/'],
    ['http://[::1]/'],
    ['http://[0000:0000:0000:0000:0000:0000:0000:0001]/'],
    ['http://[::ffff:127.0.0.1]/'],
    ['http://[::ffff:7f00:1]/'],
    ['http://[::ffff:a9fe:a9fe]/'],
    ['http://[::127.0.0.1]/'],
    ['http://[64:ff9b::127.0.0.1]/'],
    ['http://[2002:7f00:1::]/'],
    ['http://[2001:0:7f00:1::]/'],
    ['http://[fc00::1]/'],
    ['http://[fd00:ec2::254]/'],
    ['http://[fe80::1]/'],
    ['http://[fec0::1]/'],
    ['http://[ff02::1]/'],
  ])('refuses %s without asking anybody', async (url) => {
    const network = networkOf(PUBLIC);
    await expect(resolvePublicHost(new URL(url).hostname, network, never)).rejects.toThrow(UNREACHABLE);
    expect(network.resolve).not.toHaveBeenCalled();
  });

  it('waits no longer for a name server once the signal has come', async () => {
    const controller = new AbortController();
    const network = { resolve: () => new Promise<string[]>(() => undefined), isAllowed: isPublicAddress };
    const resolved = resolvePublicHost('pictures.test', network, controller.signal);
    controller.abort(new Error('the caller has left'));
    await expect(resolved).rejects.toThrow('the caller has left');
  });

  it('gives on what the name server fails with', async () => {
    const network = { resolve: () => Promise.reject(new Error('ENOTFOUND')), isAllowed: isPublicAddress };
    await expect(resolvePublicHost('nowhere.test', network, never)).rejects.toThrow('ENOTFOUND');
  });
});
