import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { FakeUpstream } from '../../testing/fake-upstream.js';
import { json, type Reply, resetConnection, stall, stream, text } from '../../testing/reply.js';
import { fetchPublicImage } from './fetch-public-image.js';
import { ImageFetchError, isPublicAddress, PUBLIC_NETWORK, type PublicNetwork } from './public-network.js';

const MIB = 1024 * 1024;
const PNG = Buffer.from('\x89PNG\r\n\x1a\n and the rest of it', 'latin1');
const PUBLIC = '93.184.215.14';
const OTHER_PUBLIC = '2606:4700::1111';
const PRIVATE = '10.0.0.5';
const UNREACHABLE = ImageFetchError.unreachable().message;

const image = (bytes: Buffer, headers: Record<string, string> = {}): Reply => {
  return ({ response }) => void response.writeHead(200, { 'content-type': 'image/png', ...headers }).end(bytes);
};
const redirect = (location: string, status = 302): Reply => text(status, 'elsewhere', { location });

/** Writes as fast as it is read, for ever. */
const endless = (piece: Buffer, headers: Record<string, string> = {}): Reply => {
  return async ({ request, response }) => {
    response.writeHead(200, { 'content-type': 'image/png', ...headers }).write(PNG);
    while (!response.destroyed) {
      const drained = new Promise((resolve) => response.write(piece, resolve));
      await Promise.race([drained, request.gone]);
    }
  };
};

describe(fetchPublicImage.name, () => {
  let upstream: FakeUpstream;
  let connected: string[][];
  let network: PublicNetwork & { resolve: jest.Mock<Promise<string[]>, [string]> };

  /** Names are answered as listed; what would go to the checked addresses goes to the scripted server instead. */
  const networkOf = (answers: Record<string, string[]>, port = upstream.port): typeof network => ({
    resolve: jest.fn(async (hostname: string) => {
      const addresses = answers[hostname];
      if (addresses === undefined) throw new Error('ENOTFOUND');
      return addresses;
    }),
    isAllowed: isPublicAddress,
    connectorTo: (addresses) => {
      connected.push([...addresses]);
      const connect = PUBLIC_NETWORK.connectorTo(['127.0.0.1']);
      return (options, callback) => connect({ ...options, hostname: 'scripted.test', port: String(port) }, callback);
    },
  });

  const fetchImage = (url: string, options: { limitMs?: number; signal?: AbortSignal } = {}) =>
    fetchPublicImage(url, { signal: new AbortController().signal, network, ...options });

  beforeAll(async () => {
    upstream = await FakeUpstream.start();
  });
  beforeEach(() => {
    connected = [];
    network = networkOf({
      'pictures.test': [PUBLIC, OTHER_PUBLIC],
      'elsewhere.test': [OTHER_PUBLIC],
      'router.test': [PRIVATE],
      'mixed.test': [PUBLIC, PRIVATE],
    });
  });
  afterEach(() => {
    upstream.assertAllScripted();
    upstream.reset();
  });
  afterAll(() => upstream.stop());

  it('gives the image and its type', async () => {
    upstream.on('GET', '/a.png', image(PNG));
    expect(await fetchImage('http://pictures.test/a.png?size=1#part')).toEqual({ type: 'image/png', bytes: PNG });
    expect(upstream.requests[0]?.query.get('size')).toBe('1');
    expect(upstream.requests[0]?.headers).toMatchObject({
      host: 'pictures.test',
      'accept-encoding': 'identity',
      'user-agent': 'mana-llm',
    });
  });

  it('connects to the addresses that were checked, after one look-up', async () => {
    upstream.on('GET', '/a.png', image(PNG));
    await fetchImage('http://pictures.test/a.png');
    expect(network.resolve.mock.calls).toEqual([['pictures.test']]);
    expect(connected).toEqual([[PUBLIC, OTHER_PUBLIC]]);
  });

  it('takes a public address in place of a name', async () => {
    upstream.on('GET', '/a.png', image(PNG));
    await fetchImage(`http://[${OTHER_PUBLIC}]/a.png`);
    expect(connected).toEqual([[OTHER_PUBLIC]]);
    expect(network.resolve).not.toHaveBeenCalled();
  });

  it('heeds no proxy of the environment', async () => {
    const { HTTP_PROXY } = process.env;
    process.env['HTTP_PROXY'] = 'http://127.0.0.1:9';
    try {
      upstream.on('GET', '/a.png', image(PNG));
      expect((await fetchImage('http://pictures.test/a.png')).bytes).toEqual(PNG);
    } finally {
      if (HTTP_PROXY === undefined) delete process.env['HTTP_PROXY'];
      else process.env['HTTP_PROXY'] = HTTP_PROXY;
    }
  });

  it('keeps the name for TLS', async () => {
    const names: string[] = [];
    const server = createTlsServer({
      SNICallback: (name, callback) => {
        names.push(name);
        callback(new Error('no certificate here'));
      },
    });
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    network = networkOf({ 'pictures.test': [PUBLIC] }, (server.address() as AddressInfo).port);
    await expect(fetchImage('https://pictures.test/a.png')).rejects.toThrow(UNREACHABLE);
    expect(names).toEqual(['pictures.test']);
    server.close();
  });

  describe('what it takes for an image', () => {
    it.each<[string, Buffer, Record<string, string>, string]>([
      ['a JPEG that says to be a PNG', Buffer.from('\xff\xd8\xff\xe0....', 'latin1'), {}, 'image/jpeg'],
      ['a GIF', Buffer.from('GIF89a'), { 'content-type': 'IMAGE/gif; x=y' }, 'image/gif'],
      ['a WebP', Buffer.from('RIFF....WEBPVP8 '), { 'content-type': 'image/webp' }, 'image/webp'],
      ['an encoding that is none', PNG, { 'content-encoding': 'Identity' }, 'image/png'],
    ])('is %s', async (_what, bytes, headers, type) => {
      upstream.on('GET', '/a', image(bytes, headers));
      expect(await fetchImage('http://pictures.test/a')).toEqual({ type, bytes });
    });

    it('is one without a content type', async () => {
      upstream.on('GET', '/a', ({ response }) => void response.writeHead(200).end(PNG));
      expect(await fetchImage('http://pictures.test/a')).toMatchObject({ type: 'image/png' });
    });

    it('is one that comes byte by byte', async () => {
      upstream.on(
        'GET',
        '/a',
        stream(
          'image/png',
          [...PNG].map((byte) => Uint8Array.of(byte)),
        ),
      );
      expect(await fetchImage('http://pictures.test/a')).toEqual({ type: 'image/png', bytes: PNG });
    });

    it.each<[string, Reply]>([
      ['a page', text(200, '<html>', { 'content-type': 'text/html' })],
      ['JSON', json(200, { secret: 1 })],
      ['an image that says to be something else', image(PNG, { 'content-type': 'application/octet-stream' })],
      ['a page that says to be an image', image(Buffer.from('<!doctype html><html>'))],
      ['a few letters that say to be an image', image(Buffer.from('hi'))],
      ['SVG', image(Buffer.from('<svg xmlns="x"/>'), { 'content-type': 'image/svg+xml' })],
      ['nothing', image(Buffer.alloc(0))],
      ['a compressed answer', image(gzipSync(PNG), { 'content-encoding': 'gzip' })],
      ['a compressed answer that does not say so', image(gzipSync(PNG))],
      ['a compressed answer without end', endless(gzipSync(Buffer.alloc(MIB)), { 'content-encoding': 'gzip' })],
      ['a page without end', endless(Buffer.alloc(MIB), { 'content-type': 'text/html' })],
    ])('is not %s', async (_what, reply) => {
      upstream.on('GET', '/a', reply);
      await expect(fetchImage('http://pictures.test/a')).rejects.toThrow(/is not a PNG, JPEG, WebP or GIF image/);
    });

    it('is not one whose length is said to be over 20 MiB', async () => {
      upstream.on('GET', '/a', async ({ request, response }) => {
        response.writeHead(200, { 'content-type': 'image/png', 'content-length': 20 * MIB + 1 }).write(PNG);
        await request.gone;
      });
      await expect(fetchImage('http://pictures.test/a')).rejects.toThrow('larger than 20 MiB');
    });

    it('is not one without end, which is cut off', async () => {
      upstream.on('GET', '/a', endless(Buffer.alloc(MIB)));
      await expect(fetchImage('http://pictures.test/a')).rejects.toThrow('larger than 20 MiB');
      await upstream.requests[0]?.gone;
    });
  });

  describe('addresses', () => {
    it.each([
      'http://127.0.0.1/a.png',
      'http://0x7f.1/a.png',
      'http://[::ffff:10.0.0.5]/a.png',
      'http://169.254.169.254/latest/meta-data',
      'http://router.test/a.png',
      'http://mixed.test/a.png',
      'http://nowhere.test/a.png',
      'https://pictures.test/a.png',
    ])('that are not to be reached and such that do not answer get the same words: %s', async (url) => {
      await expect(fetchImage(url)).rejects.toMatchObject({ name: 'ImageFetchError', message: UNREACHABLE });
      expect(upstream.requests).toHaveLength(0);
    });

    it('in this machine are refused when they are looked up for real', async () => {
      const signal = new AbortController().signal;
      await expect(fetchPublicImage('http://localhost/a.png', { signal })).rejects.toThrow(UNREACHABLE);
    });

    it('that change after the look-up do no harm: the first answer counts, and a redirect is looked up again', async () => {
      network.resolve.mockResolvedValueOnce([PUBLIC]).mockResolvedValue([PRIVATE]);
      upstream.on('GET', '/a.png', image(PNG));
      await fetchImage('http://pictures.test/a.png');
      expect(network.resolve).toHaveBeenCalledTimes(1);
      expect(connected).toEqual([[PUBLIC]]);

      network.resolve.mockResolvedValueOnce([PUBLIC]);
      upstream.on('GET', '/b.png', redirect('/a.png'));
      await expect(fetchImage('http://pictures.test/b.png')).rejects.toThrow(UNREACHABLE);
      expect(connected).toEqual([[PUBLIC], [PUBLIC]]);
    });
  });

  describe('redirects', () => {
    it.each([301, 302, 303, 307, 308])('are followed by status %d', async (status) => {
      upstream.on('GET', '/a', redirect('http://elsewhere.test/b', status)).on('GET', '/b', image(PNG));
      expect(await fetchImage('http://pictures.test/a')).toMatchObject({ type: 'image/png' });
      expect(connected).toEqual([[PUBLIC, OTHER_PUBLIC], [OTHER_PUBLIC]]);
      expect(upstream.requests.map(({ headers }) => headers.host)).toEqual(['pictures.test', 'elsewhere.test']);
    });

    it('are followed three times and no more', async () => {
      upstream.on('GET', '/1', redirect('/2')).on('GET', '/2', redirect('/3')).on('GET', '/3', redirect('/4'));
      upstream.on('GET', '/4', image(PNG), redirect('/5'));
      expect(await fetchImage('http://pictures.test/1')).toMatchObject({ type: 'image/png' });
      await expect(fetchImage('http://pictures.test/1')).rejects.toThrow('redirects more than 3 times');
      expect(upstream.requests).toHaveLength(8);
    });

    it('to themselves end as well', async () => {
      upstream.on('GET', '/a', redirect(''));
      await expect(fetchImage('http://pictures.test/a')).rejects.toThrow('redirects more than 3 times');
    });

    it.each([
      'http://127.0.0.1/',
      'http://127.0.0.1:11434/api/tags',
      'http://2130706433/',
      'http://0x7f000001/',
      'http://0177.0.0.1/',
      'http://127.1/',
      'http://0/',
      'http://localhost/',
      'http://router.test/',
      'http://mixed.test/',
      '//127.0.0.1/',
      '//router.test/',
      '\\\\127.0.0.1\\x',
      'http:\\\\127.0.0.1/',
      'http://169.254.169.254/latest/meta-data/iam/security-credentials/',
      'http://[::1]/',
      'http://[::ffff:127.0.0.1]/',
      'http://[64:ff9b::a9fe:a9fe]/',
      'http://[fd00:ec2::254]/latest/meta-data',
      'http://pictures.test@127.0.0.1/',
      'http://user:secret@elsewhere.test/',
      'http://elsewhere.test:6379/',
      'https://[::1/',
      'file:///etc/passwd',
      'FILE:/etc/passwd',
      'ftp://elsewhere.test/a.png',
      'gopher://elsewhere.test/',
      'data:image/png;base64,iVBORw0KGgo=',
      'javascript:alert(1)',
      'unix:/var/run/docker.sock',
    ])('to %s are not followed', async (location) => {
      network.resolve.mockImplementation(async (hostname) => {
        if (hostname === 'localhost') return ['127.0.0.1'];
        return hostname === 'pictures.test' ? [PUBLIC] : [PUBLIC, PRIVATE];
      });
      upstream.on('GET', '/a', redirect(location));
      await expect(fetchImage('http://pictures.test/a')).rejects.toMatchObject({
        name: 'ImageFetchError',
        message: UNREACHABLE,
      });
      expect(upstream.requests).toHaveLength(1);
      expect(connected).toHaveLength(1);
    });
  });

  it.each([204, 304, 302, 401, 404, 429, 500])('tells of status %d', async (status) => {
    upstream.on('GET', '/a', text(status, ''));
    await expect(fetchImage('http://pictures.test/a')).rejects.toThrow(`answered with status ${status}.`);
  });

  it.each<[string, Reply]>([
    ['reset', resetConnection],
    [
      'broken in the body',
      ({ response }) => {
        response.writeHead(200, { 'content-type': 'image/png', 'content-length': 1000 }).write(PNG, () => {
          response.socket?.destroy();
        });
      },
    ],
  ])('tells nothing of a connection that is %s', async (_what, reply) => {
    upstream.on('GET', '/a', reply);
    await expect(fetchImage('http://pictures.test/a')).rejects.toThrow(UNREACHABLE);
  });

  it('tells nothing of a connection that is refused', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    network = networkOf({ 'pictures.test': [PUBLIC] }, port);
    await expect(fetchImage('http://pictures.test/a')).rejects.toThrow(UNREACHABLE);
  });

  describe('time', () => {
    const drip: Reply = async ({ request, response }) => {
      response.writeHead(200, { 'content-type': 'image/png' }).write(PNG);
      const timer = setInterval(() => response.write('.'), 5);
      await request.gone;
      clearInterval(timer);
    };

    it.each<[string, Reply]>([
      ['says nothing', stall],
      ['drips', drip],
    ])('is up for a server that %s', async (_what, reply) => {
      upstream.on('GET', '/a', reply);
      await expect(fetchImage('http://pictures.test/a', { limitMs: 60 })).rejects.toThrow('within 0.06 s');
      await upstream.requests[0]?.gone;
    });

    it('is counted over all redirects', async () => {
      upstream.on('GET', '/a', redirect('/b')).on('GET', '/b', stall);
      await expect(fetchImage('http://pictures.test/a', { limitMs: 60 })).rejects.toThrow('within 0.06 s');
    });

    it('is up for a name server that does not answer', async () => {
      network.resolve.mockReturnValue(new Promise(() => undefined));
      await expect(fetchImage('http://pictures.test/a', { limitMs: 20 })).rejects.toThrow('within 0.02 s');
    });

    it('ends with the signal of the caller, whose reason is given', async () => {
      const controller = new AbortController();
      upstream.on('GET', '/a', stall);
      const fetched = fetchImage('http://pictures.test/a', { signal: controller.signal });
      const request = await upstream.request('/a');
      controller.abort(new Error('the caller has left'));
      await expect(fetched).rejects.toThrow('the caller has left');
      await request.gone;
    });

    it('does not begin for a caller who has left', async () => {
      const signal = AbortSignal.abort(new Error('the caller has left'));
      await expect(fetchImage('http://pictures.test/a', { signal })).rejects.toThrow('the caller has left');
      expect(network.resolve).not.toHaveBeenCalled();
    });
  });
});
