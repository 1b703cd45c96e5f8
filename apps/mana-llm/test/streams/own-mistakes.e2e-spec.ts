import {
  DONE,
  type Latch,
  latch,
  json,
  openAiChunk,
  openAiCompletion,
  openAiUsageChunk,
  sse,
  sseStream,
  stall,
} from '@mana-llm/llm-providers/testing';
import { Logger } from '@nestjs/common';
import { AnswerStore } from '../../src/cache/store/answer-store.js';
import { SharedLog } from '../../src/sharing/shared-log.js';
import { FrameWriter } from '../../src/apis/surface/frame-writer.js';
import { GatewayLogger } from '../../src/logging/gateway-logger.js';
import { GatewayMetrics } from '../../src/metrics/gateway-metrics.js';
import { EndpointHealth } from '../../src/routing/endpoints/endpoint-health.js';
import { expectError } from '../support/expect-error.js';
import { metricSum, parseMetrics } from '../support/metric-samples.js';
import { useScene } from '../support/scene.js';
import { contentOf, type StreamAnswer } from '../support/stream-answer.js';
import { StreamReader } from '../support/stream-reader.js';
import { until } from '../support/until.js';

const CHAT = '/v1/chat/completions';
const HEL = sse(openAiChunk({ delta: { content: 'Hel' } }));
const LO = sse(openAiChunk({ delta: { content: 'lo' } }));
const LAST = sse(openAiChunk({ finish_reason: 'stop' }), openAiUsageChunk(), DONE);

/** A method of ours that throws, each time that it is called. */
type Mistake = [what: string, owner: object, method: string];

const COUNTS: Mistake[] = [
  ['the count of the call', GatewayMetrics.prototype, 'modelCallEnded'],
  ['the count of the time for each token', GatewayMetrics.prototype, 'timePerOutputToken'],
  ['the count of the stream', GatewayMetrics.prototype, 'streamEnded'],
  ['the count of the request', GatewayMetrics.prototype, 'requestEnded'],
  ['the news of an endpoint that answers', EndpointHealth.prototype, 'answered'],
];

// In this process: its mistakes are made here.
const describeHere = process.env['MANA_LLM_E2E_NODE'] === undefined ? describe : describe.skip;

describeHere('a mistake of the gateway’s own', () => {
  const scene = useScene({ env: { CACHE_TTL: '3600' }, yaml: 'limits: { heartbeatMs: 20 }\n' });
  let records: Record<string, unknown>[];
  let logged: jest.SpyInstance;
  let prompts = 0;

  beforeEach(() => {
    records = [];
    jest.spyOn(GatewayLogger.prototype, 'line').mockImplementation((_level, _message, fields) => {
      records.push(fields);
    });
    logged = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  });

  afterEach(() => jest.restoreAllMocks());

  const make = ([, owner, method]: Mistake): void =>
    void jest.spyOn(owner as Record<string, () => void>, method).mockImplementation(() => {
      throw new Error('a mistake');
    });

  /** Temperature 0: the answer may be shared and kept. */
  const ask = (stream: boolean, temperature: number): Promise<Response> => {
    const messages = [{ role: 'user', content: `text ${(prompts += 1)}` }];
    const options = stream ? { stream_options: { include_usage: true } } : {};
    return scene.chat({ model: 'openai/m', messages, temperature, stream, ...options });
  };

  /** Opens a stream, makes the mistake and lets the upstream go on. */
  const readOn = async (temperature: number, held: Latch, mistake: Mistake): Promise<StreamAnswer> => {
    const reader = new StreamReader(await ask(true, temperature));
    await reader.readUntil('Hel');
    make(mistake);
    held.open();
    return reader.rest();
  };

  const record = (): Promise<Record<string, unknown> | undefined> =>
    until(
      async () => records.find(({ route }) => route === CHAT),
      (found) => found !== undefined,
    );

  const counts = async (): Promise<{ failed: number; complete: number; inFlight: number }> => {
    const samples = parseMetrics(await (await scene.get('/metrics')).text());
    const ended = (end: string): number => metricSum(samples, 'mana_llm_streams_total', { end });
    return {
      failed: ended('gateway_error'),
      complete: ended('complete'),
      inFlight: metricSum(samples, 'mana_llm_requests_in_flight'),
    };
  };

  const STREAMS: [string, number][] = [
    ['of its own', 1],
    ['that may be shared', 0],
  ];

  describe.each(STREAMS)('in a stream %s', (_whose, temperature) => {
    const inChunks: Mistake[] = [['the pace of the client', FrameWriter.prototype, 'whenReady']];
    const inLog: Mistake[] = [['the log of its chunks', SharedLog.prototype, 'push']];

    it.each([...inChunks, ...(temperature === 0 ? inLog : [])])(
      'ends it at once in an error frame, stops the upstream and is recorded as our failure: %s',
      async (...mistake) => {
        const held = latch();
        scene.upstream.on('POST', CHAT, sseStream(HEL, held, LO, stall));
        const before = await counts();
        const stream = await readOn(temperature, held, mistake);
        expect(stream).toMatchObject({ isDone: false, error: { type: 'server_error', code: 'internal_error' } });
        await (
          await scene.upstream.request(CHAT)
        ).gone;
        expect(await record()).toMatchObject({ status: 200, end: 'gateway_error', errorCode: 'internal_error' });
        expect(logged).toHaveBeenCalledWith(new Error('a mistake'));
        jest.restoreAllMocks();
        expect(await counts()).toEqual({ ...before, failed: before.failed + 1 });
      },
    );

    const atTheEnd: Mistake[] = [
      ...COUNTS,
      ['the keeping of the answer', AnswerStore.prototype, 'set'],
      ['the log line of the request', GatewayLogger.prototype, 'line'],
    ];

    it.each(atTheEnd)('changes nothing for its client: %s', async (...mistake) => {
      const held = latch();
      scene.upstream.on('POST', CHAT, sseStream(HEL, held, LO, LAST));
      const stream = await readOn(temperature, held, mistake);
      expect(stream).toMatchObject({ isDone: true, error: undefined });
      expect(contentOf(stream)).toBe('Hello');
      if (mistake[2] !== 'line') expect(await record()).toMatchObject({ status: 200, end: 'complete' });
      jest.restoreAllMocks();
      expect((await scene.get('/health/live')).status).toBe(200);
    });

    it('answers a stream that is opened in vain with an error, and stops the upstream', async () => {
      scene.upstream.on('POST', CHAT, sseStream(HEL, stall));
      make(['the time to the first token', GatewayMetrics.prototype, 'timeToFirstToken']);
      await expectError(await ask(true, temperature), 500, { type: 'server_error', code: 'internal_error' });
      await (
        await scene.upstream.request(CHAT)
      ).gone;
      const found = await record();
      expect(found).toMatchObject({ status: 500, errorCode: 'internal_error' });
      expect(found?.['end']).toBeUndefined();
    });
  });

  it.each(COUNTS)('in a buffered answer is recorded as what the client got: %s', async (...mistake) => {
    scene.upstream.on('POST', CHAT, json(200, openAiCompletion()));
    make(mistake);
    const response = await ask(false, 1);
    const { error } = (await response.json()) as { error?: { code: string } };
    expect([response.status, error?.code]).toEqual(error ? [500, 'internal_error'] : [200, undefined]);
    const found = await record();
    expect(found?.['status']).toBe(response.status);
    expect(found?.['errorCode']).toBe(error?.code);
    jest.restoreAllMocks();
    expect((await ask(false, 1)).status).toBe(200);
  });
});
