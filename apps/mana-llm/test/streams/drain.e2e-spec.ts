import {
  DONE,
  latch,
  json,
  ndjsonStream,
  ollamaLine,
  openAiChunk,
  openAiCompletion,
  openAiStream,
  sse,
  sseStream,
  stall,
} from '@mana-llm/llm-providers/testing';
import { expectError } from '../support/expect-error.js';
import { START_LIMIT_MS } from '../support/scene.js';
import { contentOf } from '../support/stream-answer.js';
import { StreamReader } from '../support/stream-reader.js';
import { countedStream } from './support/counted-stream.js';
import { DrainingGateway } from './support/draining-gateway.js';
import { expectBrokenStream } from './support/expect-broken-stream.js';
import { SlowClient } from './support/slow-client.js';

const CHAT = '/v1/chat/completions';
const HEL = sse(openAiChunk({ delta: { content: 'Hel' } }));
const REST = sse(openAiChunk({ delta: { content: 'lo' } }), openAiChunk({ finish_reason: 'stop' }), DONE);
/** Longer than any test: what is configured so must not be waited for. */
const NEVER = '3600';

describe('a gateway that is told to stop', () => {
  let gateway: DrainingGateway;

  const start = async (env: Record<string, string>): Promise<void> => {
    gateway = await DrainingGateway.start(env);
    await gateway.until(200);
  };
  afterEach(() => gateway.stop());

  const openStream = async (model = 'openai/m'): Promise<StreamReader> => {
    const reader = new StreamReader(await gateway.chat({ model, stream: true }));
    await reader.readUntil('Hel');
    return reader;
  };

  it(
    'is not ready at once, serves on for DRAIN_GRACE, lets what runs end and exits 0',
    async () => {
      await start({ DRAIN_GRACE: '5', DRAIN_TIMEOUT: NEVER });
      const held = latch();
      gateway.upstream.on(
        'POST',
        CHAT,
        sseStream(HEL, held, REST),
        json(200, openAiCompletion()),
        sseStream(openAiStream(['Hello'])),
      );
      const running = await openStream();
      gateway.signal('SIGTERM');
      await gateway.until(503);
      const whole = await gateway.chat({ model: 'openai/m' });
      expect({ status: whole.status, connection: whole.headers.get('connection') }).toEqual({
        status: 200,
        connection: 'close',
      });
      expect(await (await gateway.chat({ model: 'openai/m', stream: true })).text()).toContain('data: [DONE]');
      expect(await (await fetch(`${gateway.url}/health/live`)).text()).toBeTruthy();
      await gateway.until(undefined);
      held.open();
      const answer = await running.rest();
      expect({ content: contentOf(answer), isDone: answer.isDone }).toEqual({ content: 'Hello', isDone: true });
      expect(await gateway.ended).toBe(0);
    },
    START_LIMIT_MS,
  );

  it('ends what still runs after DRAIN_TIMEOUT in an error, server_draining, and exits 0', async () => {
    await start({ DRAIN_GRACE: '0', DRAIN_TIMEOUT: '0.3' });
    gateway.upstream.on('POST', CHAT, sseStream(HEL, stall), sseStream(HEL, stall), stall);
    gateway.upstream.on('POST', '/api/chat', ndjsonStream(ollamaLine({ content: 'Hel' }), stall));
    const running = [await openStream(), await openStream(), await openStream('ollama/m')];
    const opening = gateway.chat({ model: 'openai/m', stream: true });
    const whole = gateway.chat({ model: 'openai/m' });
    while (gateway.upstream.requestsTo(CHAT).length < 4) await gateway.readyStatus();
    gateway.signal('SIGTERM');
    for (const reader of running) {
      expect(expectBrokenStream(await reader.rest(), 'Hel')).toMatchObject({
        type: 'server_error',
        code: 'server_draining',
      });
    }
    for (const { gone } of gateway.upstream.requestsTo(CHAT)) await gone;
    await expectError(await opening, 503, { code: 'server_draining' });
    await expectError(await whole, 503, { code: 'server_draining' });
    expect(await gateway.ended).toBe(0);
    const ends = gateway.logs().filter(({ end }) => end !== undefined);
    expect(ends.map(({ end, level }) => ({ end, level }))).toEqual(Array(3).fill({ end: 'drained', level: 'info' }));
  });

  it('exits at once at a second SIGTERM', async () => {
    await start({ DRAIN_GRACE: NEVER, DRAIN_TIMEOUT: NEVER });
    gateway.upstream.on('POST', CHAT, sseStream(HEL, stall));
    const running = await openStream();
    gateway.signal('SIGTERM');
    await gateway.until(503);
    gateway.signal('SIGTERM');
    expect(await gateway.ended).not.toBe(0);
    await expect(running.rest()).rejects.toThrow();
  });

  it('has no grace at SIGINT, lets what runs end, and is not kept by connections that are kept alive', async () => {
    await start({ DRAIN_GRACE: NEVER, DRAIN_TIMEOUT: NEVER });
    const held = latch();
    gateway.upstream.on('POST', CHAT, sseStream(openAiStream(['Hello'])), sseStream(HEL, held, REST));
    expect(await (await gateway.chat({ model: 'openai/m', stream: true })).text()).toContain('data: [DONE]');
    const running = await openStream();
    gateway.signal('SIGINT');
    await gateway.until(undefined);
    held.open();
    expect(await running.rest()).toMatchObject({ isDone: true });
    expect(await gateway.ended).toBe(0);
  });

  it('is not kept by a client that stopped reading', async () => {
    await start({ DRAIN_GRACE: '0', DRAIN_TIMEOUT: '0.2' });
    gateway.upstream.on(
      'POST',
      CHAT,
      countedStream('text/event-stream', sse(openAiChunk({ delta: { content: 'x'.repeat(10_000) } }))).reply,
    );
    const client = new SlowClient(gateway.url).chat({ model: 'openai/m', stream: true });
    await gateway.upstream.request(CHAT);
    gateway.signal('SIGTERM');
    expect(await gateway.ended).toBe(0);
    client.leave();
  });
});
