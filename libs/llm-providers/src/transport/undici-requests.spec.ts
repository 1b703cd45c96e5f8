import type { ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { Agent } from 'undici';
import { FakeUpstream } from '../testing/fake-upstream.js';
import { json, stall, stream, text } from '../testing/reply.js';
import { readBody } from './answer-body.js';
import { type Dispatchers, sendRequest } from './undici-requests.js';
import type { Stoppable, UpstreamAnswer } from './upstream-exchange.js';

const MIB = 1024 * 1024;
const FLOOD_BYTES = 16 * 1024;
/** No two parts of it are equal. */
const LONG = Array.from({ length: MIB / 8 }, (_, i) => String(i).padStart(8)).join('');
const PIECES = LONG.match(/.{1,300}/g) ?? [];

/** A call that is stopped by hand. */
class Call implements Stoppable {
  stop: (reason: unknown) => void = () => undefined;

  onStop(listener: (reason: unknown) => void): void {
    this.stop = listener;
  }
}

describe(sendRequest.name, () => {
  let fake: FakeUpstream;
  let dispatchers: Dispatchers;
  let call: Call;

  beforeEach(async () => {
    fake = await FakeUpstream.start();
    fake.on('GET', '/x', json(200, 'x'));
    dispatchers = { kept: new Agent(), new: new Agent({ pipelining: 0 }) };
    call = new Call();
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await Promise.all([dispatchers.kept.destroy(), dispatchers.new.destroy()]);
    await fake.stop();
  });

  const open = (path: string, stoppable: Stoppable = call): Promise<UpstreamAnswer> =>
    sendRequest(dispatchers, { method: 'GET', origin: fake.url, path, headers: {}, body: null }, stoppable);

  const get = async (path: string): Promise<string> => readBody((await open(path, new Call())).body, 2 * MIB);

  /** Requests that the same machine answers: time for the sockets to do what they will do. */
  const letTimePass = async (): Promise<void> => {
    for (let turn = 0; turn < 50; turn += 1) await get('/x');
  };

  it('gives the status, the headers and the body', async () => {
    fake.on('GET', '/refused', json(418, { a: 1 }, { 'x-a': 'b' }));
    const { status, headers, body } = await open('/refused');
    expect([status, headers['x-a'], await readBody(body, 100)]).toEqual([418, 'b', '{"a":1}']);
    expect(body.isOver).toBe(true);
  });

  it('gives many long bodies whole', async () => {
    fake.on('GET', '/long', stream('text/plain', PIECES));
    const bodies = await Promise.all(Array.from({ length: 20 }, () => get('/long')));
    expect(bodies.filter((body) => body !== LONG)).toEqual([]);
  });

  it('gives a body whole that is held back after each piece', async () => {
    fake.on('GET', '/long', stream('text/plain', PIECES));
    const { body } = await open('/long');
    let seen = '';
    await new Promise<void>((resolve, reject) => {
      body.read({
        data: (bytes) => {
          seen += String(bytes);
          body.pause();
          get('/x').then(() => body.resume(), reject);
        },
        end: resolve,
        error: reject,
      });
    });
    expect(seen).toBe(LONG);
  });

  it('takes next to nothing of a body that nobody reads, and gives it whole to who comes late', async () => {
    let answer: ServerResponse | undefined;
    const flood = ({ response }: { response: ServerResponse }): Promise<void> => {
      answer = response;
      return new Promise((resolve) => response.write('x'.repeat(16 * MIB), () => resolve()));
    };
    fake.on('GET', '/long', stream('text/plain', [flood]));
    const { body } = await open('/long');
    await letTimePass();
    const waiting = answer?.writableLength;
    await letTimePass();
    expect(answer?.writableLength).toBe(waiting);
    expect(waiting).toBeGreaterThan(8 * MIB);
    let length = 0;
    await new Promise<void>((resolve, reject) => {
      body.read({ data: (bytes) => (length += bytes.length), end: resolve, error: reject });
    });
    expect(length).toBe(16 * MIB);
  });

  it('tells its reader what it throws, and ends nothing else', async () => {
    const { body } = await open('/x');
    const mistake = new TypeError('a mistake');
    const told = await new Promise((resolve) => {
      body.read({
        data: () => {
          throw mistake;
        },
        end: () => undefined,
        error: resolve,
      });
    });
    expect(told).toBe(mistake);
  });

  it('leaves a body whose reader has thrown', async () => {
    fake.on('GET', '/endless', stream('text/plain', ['a', stall]));
    const { body } = await open('/endless');
    const told = new Promise((resolve) => {
      const data = (): never => {
        throw new TypeError('a mistake');
      };
      body.read({ data, end: () => undefined, error: resolve });
    });
    await told;
    expect(body.isOver).toBe(true);
    await (
      await fake.request('/endless')
    ).gone;
  });

  it.each([
    ['before it is connected', async (): Promise<unknown> => undefined],
    ['before the answer', async (): Promise<unknown> => fake.request('/stalled')],
  ])('ends with the reason of the call that is stopped %s', async (_when, wait) => {
    fake.on('GET', '/stalled', stall);
    const asked = open('/stalled');
    await wait();
    const reason = new Error('enough');
    call.stop(reason);
    await expect(asked).rejects.toBe(reason);
  });

  it('ends a body with the reason of the call, and its connection', async () => {
    fake.on('GET', '/endless', stream('text/plain', ['a', stall]));
    const { body } = await open('/endless');
    const reason = new Error('enough');
    const told = new Promise((_resolve, reject) => {
      body.read({ data: () => call.stop(reason), end: () => undefined, error: reject });
    });
    await expect(told).rejects.toBe(reason);
    await (
      await fake.request('/endless')
    ).gone;
  });

  describe('while connections flood us, their time used up', () => {
    let floodedBytes: number;

    beforeEach(async () => {
      let nowMs = 0;
      floodedBytes = 0;
      jest.spyOn(performance, 'now').mockImplementation(() => (nowMs += 5));
      fake.on('GET', '/long', text(200, LONG.repeat(8)));
      const answers = await Promise.all(Array.from({ length: 5 }, () => open('/long', new Call())));
      for (const { body } of answers) {
        body.read({ data: (bytes) => (floodedBytes += bytes.length), end: () => undefined, error: () => undefined });
      }
    });

    it('lets one of them go on in each turn', async () => {
      for (let turn = 0; turn < 10; turn += 1) await setImmediate();
      const before = floodedBytes;
      for (let turn = 0; turn < 20; turn += 1) await setImmediate();
      expect(floodedBytes - before).toBeGreaterThan(5 * FLOOD_BYTES);
      // Node reads 64 KiB at once, and a turn may bring the rest of what it had read.
      expect(floodedBytes - before).toBeLessThan(20 * 2 * 64 * 1024);
    });

    it('does not hold up one that brings little', async () => {
      const before = floodedBytes;
      for (let count = 0; count < 3; count += 1) expect(await get('/x')).toBe('"x"');
      expect(floodedBytes - before).toBeLessThan(8 * MIB);
    });
  });
});
