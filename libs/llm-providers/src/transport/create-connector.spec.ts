import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { Agent, type buildConnector, request } from 'undici';
import { FakeUpstream } from '../testing/fake-upstream.js';
import { json, type Reply, resetConnection, stream, text } from '../testing/reply.js';
import { createConnector } from './create-connector.js';

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
