import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { Agent, type buildConnector, request } from 'undici';
import { FakeUpstream } from '../testing/fake-upstream.js';
import { json, type Reply, resetConnection, stream, text } from '../testing/reply.js';
import { createConnector, createDispatcher } from './create-dispatcher.js';

const MIB = 1024 * 1024;
/** No two parts of it are equal. */
const LONG = Array.from({ length: MIB / 8 }, (_, i) => String(i).padStart(8)).join('');

describe(createConnector.name, () => {
  let fake: FakeUpstream;
  let agent: Agent;
  let sockets: Socket[];

  beforeEach(async () => {
    fake = await FakeUpstream.start();
    sockets = [];
    const connect = createConnector(5_000);
    const watched: buildConnector.connector = (options, callback) =>
      connect(options, (...result) => {
        if (result[0] === null) sockets.push(result[1]);
        callback(...result);
      });
    agent = new Agent({ connect: watched });
  });

  afterEach(async () => {
    await agent.destroy();
    await fake.stop();
  });

  const open = (path: string): ReturnType<typeof request> => request(fake.url + path, { dispatcher: agent });

  const get = async (path: string): Promise<string> => (await open(path)).body.text();

  it.each<[string, Reply]>([
    ['with its length', text(200, LONG)],
    ['in one chunk', stream('text/plain', [LONG])],
    ['in many chunks', stream('text/plain', LONG.match(/.{1,300}/g) ?? [])],
  ])('gives a long body %s whole', async (_how, reply) => {
    fake.on('GET', '/long', reply);
    expect(await get('/long')).toBe(LONG);
  });

  it('gives a body whole that is held back again and again', async () => {
    fake.on('GET', '/long', stream('text/plain', LONG.match(/.{1,300}/g) ?? []));
    const { body } = await open('/long');
    fake.on('GET', '/x', json(200, 'x'));
    let seen = '';
    for await (const piece of body) {
      seen += String(piece);
      if (seen.length % 50 === 0) await get('/x');
    }
    expect(seen).toBe(LONG);
  });

  it('gives long bodies whole that come at once', async () => {
    fake.on('GET', '/long', stream('text/plain', LONG.match(/.{1,3000}/g) ?? []));
    const bodies = await Promise.all(Array.from({ length: 20 }, () => get('/long')));
    expect(bodies.filter((body) => body !== LONG)).toEqual([]);
  });

  it('leaves a connection to be used again', async () => {
    fake.on('GET', '/long', text(200, LONG));
    for (let turn = 0; turn < 3; turn += 1) {
      expect(await get('/long')).toBe(LONG);
      // undici takes a connection again one turn of the event loop after its answer.
      await setImmediate();
    }
    expect(sockets).toHaveLength(1);
  });

  it('tells a connection that breaks', async () => {
    fake.on('GET', '/broken', stream('text/plain', [LONG, resetConnection]));
    const { body } = await open('/broken');
    await expect(body.text()).rejects.toThrow();
  });

  it('tells that there is no connection', async () => {
    const { url } = fake;
    await fake.stop();
    await expect(request(url, { dispatcher: agent })).rejects.toThrow('ECONNREFUSED');
  });
});

const VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'NO_PROXY', 'no_proxy'];

describe(createDispatcher.name, () => {
  let proxy: Server;
  let proxyUrl: string;
  let asked: string[];
  let upstream: FakeUpstream;
  let kept: Record<string, string | undefined>;

  beforeEach(async () => {
    asked = [];
    proxy = createServer((incoming, response) => {
      asked.push(`${incoming.method} ${incoming.url} for ${incoming.headers.host}`);
      response.end('from the proxy');
    });
    proxy.on('connect', (incoming, socket) => {
      asked.push(`${incoming.method} ${incoming.url}`);
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    upstream = await FakeUpstream.start();
    upstream.on('GET', '/x', json(200, 'direct'));
    kept = Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]));
    for (const name of VARIABLES) delete process.env[name];
  });

  afterEach(async () => {
    for (const name of VARIABLES) {
      if (kept[name] === undefined) delete process.env[name];
      else process.env[name] = kept[name];
    }
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
    await upstream.stop();
  });

  async function get(url: string): Promise<string> {
    const dispatcher = createDispatcher(1_000);
    try {
      const { body } = await request(url, { dispatcher });
      return await body.text();
    } finally {
      await dispatcher.destroy();
    }
  }

  it('goes straight to the upstream without a proxy', async () => {
    expect(await get(`${upstream.url}/x`)).toBe('"direct"');
    expect(createDispatcher(1)).toBeInstanceOf(Agent);
  });

  it.each(['HTTP_PROXY', 'http_proxy'])(
    'asks the proxy of %s for plain http as proxies expect it, by the absolute address',
    async (name) => {
      process.env[name] = proxyUrl;
      expect(await get('http://provider.invalid:8080/v1/models?a=1')).toBe('from the proxy');
      expect(asked).toEqual(['GET http://provider.invalid:8080/v1/models?a=1 for provider.invalid:8080']);
    },
  );

  it.each(['HTTPS_PROXY', 'https_proxy'])('asks the proxy of %s for a tunnel for https', async (name) => {
    process.env[name] = proxyUrl;
    await expect(get('https://provider.invalid/v1/models')).rejects.toThrow();
    expect(asked).toEqual(['CONNECT provider.invalid:443']);
  });

  it('leaves plain http alone when only HTTPS_PROXY is set', async () => {
    process.env['HTTPS_PROXY'] = proxyUrl;
    expect(await get(`${upstream.url}/x`)).toBe('"direct"');
    expect(asked).toEqual([]);
  });

  it.each(['127.0.0.1', 'other.example,127.0.0.1', '*'])('goes straight to what NO_PROXY=%s names', async (list) => {
    process.env['HTTP_PROXY'] = proxyUrl;
    process.env['NO_PROXY'] = list;
    expect(await get(`${upstream.url}/x`)).toBe('"direct"');
    expect(asked).toEqual([]);
  });

  it('asks the proxy for what NO_PROXY does not name', async () => {
    process.env['HTTP_PROXY'] = proxyUrl;
    process.env['NO_PROXY'] = 'other.example';
    expect(await get(`${upstream.url}/x`)).toBe('from the proxy');
  });
});
