import type { ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import type { Subscription } from 'rxjs';
import type { CallContext, ReaderState } from '../call-context.js';
import type { ProviderTimeouts } from '../provider-settings.js';
import { FakeUpstream } from '../testing/fake-upstream.js';
import { type Latch, latch } from '../testing/latch.js';
import { bytewise } from '@mana-llm/event-streams/testing';
import { closeConnection, json, resetConnection, sseStream, stall, type Step, text } from '../testing/reply.js';
import { type EventSource, observeEvents } from './observe-events.js';
import { createSseDecoder } from '@mana-llm/event-streams';
import { UpstreamClient } from './upstream-client.js';

const TIMEOUTS: ProviderTimeouts = { connectMs: 5_000, firstTokenMs: 10_000, idleMs: 10_000, totalMs: 10_000 };

/** What came, in order: the data of events, then `complete` or the error. */
class Seen {
  readonly events: string[] = [];
  error: unknown;
  isComplete = false;
  readonly ended: Promise<void>;
  readonly subscription: Subscription;

  constructor(source: EventSource, onEvent: (data: string, seen: Seen) => void = () => undefined) {
    let resolve: () => void = () => undefined;
    this.ended = new Promise((done) => (resolve = done));
    this.subscription = observeEvents(source, createSseDecoder(source.limits.maxBytes)).subscribe({
      next: ({ data }) => {
        this.events.push(data);
        onEvent(data, this);
      },
      error: (error: unknown) => {
        this.error = error;
        resolve();
      },
      complete: () => {
        this.isComplete = true;
        resolve();
      },
    });
  }
}

describe(observeEvents.name, () => {
  let fake: FakeUpstream;
  let client: UpstreamClient;

  beforeEach(async () => {
    fake = await FakeUpstream.start();
    client = new UpstreamClient({
      provider: 'p',
      baseUrl: fake.url,
      headers: {},
      query: {},
      timeouts: TIMEOUTS,
      answerLimits: { maxBytes: 8 * 1024 * 1024, maxDepth: 512 },
      readError: () => ({ message: 'm' }),
    });
  });

  afterEach(async () => {
    await client.close();
    await fake.stop();
    fake.assertAllScripted();
  });

  const open = (context: Partial<CallContext> = {}): Promise<EventSource> => {
    const call = client.startCall({ signal: new AbortController().signal, requestId: 'r', ...context }, 'stream');
    return client.openStream('/s', {}, call);
  };

  const openSteps = (steps: Step[], context?: Partial<CallContext>): Promise<EventSource> => {
    fake.on('POST', '/s', sseStream(...steps));
    return open(context);
  };

  it.each<[string, Step[]]>([
    ['whole', ['data: a\n\ndata: ü\n\n']],
    ['byte by byte', bytewise('data: a\n\ndata: ü\n\n')],
    ['without the last newline', ['data: a\n\ndata: ü']],
  ])('gives the events of a body that came %s, and its end', async (_how, steps) => {
    const seen = new Seen(await openSteps(steps));
    await seen.ended;
    expect(seen).toMatchObject({ events: ['a', 'ü'], isComplete: true });
  });

  it.each<[string, Step]>([
    ['a FIN', closeConnection],
    ['an RST', resetConnection],
  ])('errors when the body is cut by %s, and never gives half an event', async (_how, cut) => {
    const held = latch();
    const source = await openSteps(['data: a\n\ndata: {"half":', held, cut]);
    const seen = new Seen(source, () => held.open());
    await seen.ended;
    expect(seen.events).toEqual(['a']);
    expect(seen.error).toMatchObject({ kind: 'stream_broken', provider: 'p' });
  });

  it.each<[string, Step]>([
    ['no UTF-8', Uint8Array.of(0xff)],
    ['an event over 8 MiB', `data: ${'x'.repeat(9 * 1024 * 1024)}`],
  ])('errors at %s and leaves the upstream', async (_what, step) => {
    const seen = new Seen(await openSteps(['data: a\n\n', step, stall]));
    await seen.ended;
    expect(seen.error).toMatchObject({ kind: 'bad_response', message: 'p sent a stream that cannot be read.' });
    await (
      await fake.request('/s')
    ).gone;
  });

  it('errors at an end inside a character', async () => {
    const seen = new Seen(await openSteps(['data: a\n\ndata: ', Uint8Array.of(0xe2, 0x82)]));
    await seen.ended;
    expect(seen).toMatchObject({ events: ['a'], isComplete: false, error: { kind: 'bad_response' } });
  });

  it('errors when broken bytes came together with the headers', async () => {
    const lines = [
      'HTTP/1.1 200 OK',
      'content-type: text/event-stream',
      'transfer-encoding: chunked',
      '',
      '9',
      'data: a\n\n',
      'zz',
      '',
    ];
    fake.on('POST', '/s', ({ response }) => void response.socket?.write(lines.join('\r\n')));
    const seen = new Seen(await open());
    await seen.ended;
    expect(seen).toMatchObject({ isComplete: false, error: { kind: 'stream_broken' } });
  });

  describe('lets go of the upstream', () => {
    it('when nobody reads any more', async () => {
      const seen = new Seen(await openSteps(['data: a\n\n', stall]), (_data, { subscription }) =>
        subscription.unsubscribe(),
      );
      await (
        await fake.request('/s')
      ).gone;
      expect(seen).toMatchObject({ events: ['a'], isComplete: false, error: undefined });
    });

    it("when the caller leaves, with the caller's reason", async () => {
      const leaving = new AbortController();
      const reason = new RangeError('left');
      const seen = new Seen(await openSteps(['data: a\n\n', stall], { signal: leaving.signal }), () =>
        leaving.abort(reason),
      );
      await (
        await fake.request('/s')
      ).gone;
      await seen.ended;
      expect(seen.error).toBe(reason);
    });

    it('within 100 ms of an abort', async () => {
      const tookMs: number[] = [];
      // The best of several tries: a busy machine may delay one, a wait in the code delays all.
      for (let attempt = 0; attempt < 20; attempt += 1) {
        const leaving = new AbortController();
        fake.reset();
        const seen = new Seen(await openSteps(['data: a\n\n', stall], { signal: leaving.signal }));
        const request = await fake.request('/s');
        const startMs = performance.now();
        leaving.abort();
        await request.gone;
        tookMs.push(performance.now() - startMs);
        await seen.ended;
      }
      expect(Math.min(...tookMs)).toBeLessThan(100);
    });

    it('after the total time, in mid-stream', async () => {
      const source = await openSteps(['data: a\n\n', stall], { limits: { deadlineAtMs: Date.now() + 2_000 } });
      const seen = new Seen(source, () => source.call.contentSeen());
      await seen.ended;
      expect(seen).toMatchObject({ events: ['a'], error: { kind: 'timeout', phase: 'total' } });
      await (
        await fake.request('/s')
      ).gone;
    });

    it('that falls silent after the first content', async () => {
      const source = await openSteps(['data: a\n\n', stall], { limits: { maxSilenceMs: 1_000 } });
      const seen = new Seen(source, () => source.call.contentSeen());
      await seen.ended;
      expect(seen.error).toMatchObject({ kind: 'timeout', phase: 'idle' });
    });
  });

  describe('once the call is complete', () => {
    const completeAtDone = (source: EventSource): Seen =>
      new Seen(source, (data, { subscription }) => {
        if (data !== '[DONE]') return;
        source.call.complete();
        subscription.unsubscribe();
      });

    /** undici takes a connection back in the turn of the event loop after the end. */
    const over = async ({ body }: EventSource): Promise<void> => {
      while (!body.isOver) await setImmediate();
      await setImmediate();
    };

    it('leaves the connection to be used again', async () => {
      fake.on('POST', '/s', text(200, 'data: [DONE]\n\n', { 'content-type': 'text/event-stream' }));
      fake.on('GET', '/x', json(200, {}));
      const source = await open();
      completeAtDone(source);
      await over(source);
      await client.getJson('/x', { signal: new AbortController().signal, requestId: 'r' });
      expect(fake.totalConnections).toBe(1);
    });

    it('leaves an upstream that goes on without end', async () => {
      const goOn = async ({ response }: { response: ServerResponse }): Promise<void> => {
        while (!response.destroyed)
          await new Promise<void>((resolve) => response.write('data: more\n\n'.repeat(1_000), () => resolve()));
      };
      const seen = completeAtDone(await openSteps(['data: a\n\ndata: [DONE]\n\n', goOn]));
      await (
        await fake.request('/s')
      ).gone;
      expect(seen.events).not.toContain('more');
      expect(seen.error).toBeUndefined();
    });

    it('is not stopped by the caller any more', async () => {
      const leaving = new AbortController();
      fake.on('POST', '/s', text(200, 'data: [DONE]\n\n', { 'content-type': 'text/event-stream' }));
      const source = await open({ signal: leaving.signal });
      const seen = completeAtDone(source);
      await over(source);
      leaving.abort();
      expect(source.call.stop).toBeUndefined();
      expect(seen.error).toBeUndefined();
    });
  });

  describe('while the reader is behind', () => {
    let ready: Latch;
    let isBehind: boolean;
    const reader: ReaderState = { whenReady: () => (isBehind ? ready.opened : undefined) };

    beforeEach(() => {
      ready = latch();
      isBehind = true;
    });

    const catchUp = (): void => {
      isBehind = false;
      ready.open();
    };

    /** Lets the sockets do what they will do: requests that the same machine answers in the meantime. */
    const letTimePass = async (): Promise<void> => {
      fake.on('GET', '/x', json(200, {}));
      for (let turn = 0; turn < 20; turn += 1) {
        await client.getJson('/x', { signal: new AbortController().signal, requestId: 'r' });
      }
    };

    it('pauses the upstream and keeps next to nothing', async () => {
      const event = `data: ${'x'.repeat(1_000)}\n\n`;
      let answer: ServerResponse | undefined;
      const flood = ({ response }: { response: ServerResponse }): Promise<void> => {
        answer = response;
        response.write(event.repeat(48_000));
        return new Promise((resolve) => response.once('close', resolve));
      };
      const source = await openSteps(['data: first\n\n', flood], { reader });
      const seen = new Seen(source);
      await letTimePass();
      const seenBefore = seen.events.length;
      await letTimePass();
      expect(seen.events.length).toBe(seenBefore);
      expect(seenBefore).toBeLessThan(200);
      expect(answer?.writableLength).toBeGreaterThan(16 * 1024 * 1024);
      seen.subscription.unsubscribe();
    });

    it('goes on where it stopped once the reader is there again', async () => {
      const held = latch();
      const source = await openSteps(['data: a\n\n', held, 'data: b\n\n'], { reader });
      const seen = new Seen(source, () => held.open());
      await letTimePass();
      expect(seen.events).toEqual(['a']);
      catchUp();
      await seen.ended;
      expect(seen).toMatchObject({ events: ['a', 'b'], isComplete: true });
    });

    it('tells the clocks, which do not take our pause for silence', async () => {
      const held = latch();
      const source = await openSteps(['data: a\n\n', held, 'data: b\n\n'], { reader });
      const hold = jest.spyOn(source.call, 'hold');
      const release = jest.spyOn(source.call, 'release');
      const seen = new Seen(source, () => held.open());
      await letTimePass();
      expect([hold.mock.calls.length, release.mock.calls.length]).toEqual([1, 0]);
      catchUp();
      await seen.ended;
      expect([hold.mock.calls.length, release.mock.calls.length]).toEqual([1, 1]);
    });

    it('and its state cannot be told, the stream fails and the upstream is left', async () => {
      const mistake = new TypeError('a mistake');
      const broken: ReaderState = {
        whenReady: () => {
          throw mistake;
        },
      };
      const seen = new Seen(await openSteps(['data: a\n\n', stall], { reader: broken }));
      await seen.ended;
      expect(seen).toMatchObject({ events: ['a'], error: mistake });
      await fake.requests[0]?.gone;
    });

    it('and leaves, the upstream is left too', async () => {
      const source = await openSteps(['data: a\n\n', stall], { reader });
      const seen = new Seen(source);
      await letTimePass();
      seen.subscription.unsubscribe();
      catchUp();
      await (
        await fake.request('/s')
      ).gone;
      expect(source.body.isOver).toBe(true);
    });
  });
});
