import { ImageFetchError, isPublicAddress, resolvePublicHost } from './public-network.js';

describe(isPublicAddress.name, () => {
  it.each([
    ['this network', '0.0.0.0', '0.1.2.3'],
    ['loopback', '127.0.0.1', '127.255.255.254'],
    [
      'private networks',
      '10.0.0.1',
      '10.255.255.255',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.0.1',
      '192.168.255.255',
    ],
    ['carrier-grade NAT', '100.64.0.1', '100.127.255.255', '100.100.100.200'],
    ['link-local and metadata', '169.254.0.1', '169.254.169.254', '169.254.170.2'],
    ['IETF assignments', '192.0.0.1', '192.0.0.192', '192.88.99.1', '192.31.196.1', '192.52.193.1', '192.175.48.1'],
    ['documentation', '192.0.2.1', '198.51.100.7', '203.0.113.255'],
    ['benchmarks', '198.18.0.1', '198.19.255.255'],
    ['multicast', '224.0.0.1', '239.255.255.250'],
    ['reserved and broadcast', '240.0.0.1', '255.255.255.254', '255.255.255.255'],
    ['the metadata service of Azure', '168.63.129.16'],
    ['IPv6 unspecified and loopback', '::', '::1', '0:0:0:0:0:0:0:1'],
    [
      'mapped IPv4',
      '::ffff:127.0.0.1',
      '::ffff:a9fe:a9fe',
      '::ffff:10.0.0.1',
      '::ffff:93.184.215.14',
      '::ffff:0:7f00:1',
    ],
    ['compatible IPv4', '::127.0.0.1', '::7f00:1', '::a00:1'],
    ['NAT64', '64:ff9b::7f00:1', '64:ff9b::10.0.0.1', '64:ff9b:1::a9fe:a9fe'],
    ['6to4', '2002:7f00:1::', '2002:a9fe:a9fe::1', '2002:c0a8:1::'],
    ['Teredo, ORCHID, benchmarks', '2001::1', '2001:0:7f00:1::', '2001:2::1', '2001:10::1', '2001:20::1'],
    ['IPv6 documentation', '2001:db8::1', '3fff::1', '3fff:fff:ffff::1'],
    ['unique local', 'fc00::1', 'fd00:ec2::254', 'fd20:ce::254', 'fdff:ffff::1'],
    ['IPv6 link-local', 'fe80::1', 'febf::1', 'fe80::1%eth0', '2606:4700::1111%lo'],
    ['site-local', 'fec0::1', 'feff::1'],
    ['IPv6 multicast', 'ff02::1', 'ff0e::1'],
    ['discard and segment routing', '100::1', '5f00::1'],
    ['space that is not assigned', '4000::1', '8000::1', 'e000::1'],
    ['what is no address', '', 'localhost', '2130706433', '0x7f000001', '0177.0.0.1', '127.1', '[::1]', '1.2.3.4.5'],
  ])('refuses %s', (_what, ...addresses) => {
    expect(addresses.filter(isPublicAddress)).toEqual([]);
  });

  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '93.184.215.14',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.1',
    '168.63.129.15',
    '169.253.255.255',
    '169.255.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '191.255.255.255',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2001:200::1',
    '2001:4860:4860::8888',
    '2606:4700::1111',
    '2a00:1450:4001::1',
    '3ffe:ffff::1',
  ])('takes %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});

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
