import { UpstreamError } from '@mana-llm/llm-providers';
import { openAiChunk, openAiUsageChunk } from '@mana-llm/llm-providers/testing';
import type { ChatCompletionChunk } from '@mana-llm/openai-api';
import { Subject } from 'rxjs';
import { serverDrainingError } from '../../drain/drain-state.js';
import type { CallRecord } from '../../call/call-record.js';
import type { GatewayMetrics } from '../../metrics/gateway-metrics.js';
import { type CountedStream, countStream } from './count-stream.js';
import { CHAT } from './model-calls.js';

const HELLO = openAiChunk({ delta: { content: 'Hello' } }) as unknown as ChatCompletionChunk;
const USAGE = openAiUsageChunk() as unknown as ChatCompletionChunk;
const LABELS = { provider: 'groq', model: 'groq/fast' };

describe(countStream.name, () => {
  let chunks$: Subject<ChatCompletionChunk>;
  let metrics: Record<'modelCallEnded' | 'timePerOutputToken', jest.Mock>;
  let seen: unknown[];
  let record: CallRecord;

  beforeEach(() => {
    chunks$ = new Subject();
    metrics = { modelCallEnded: jest.fn(), timePerOutputToken: jest.fn() };
    seen = [];
    record = { requestId: 'r', method: 'POST', route: 'unmatched', startedAtMs: 0 };
  });

  const observe = (fields: Partial<CountedStream<ChatCompletionChunk>> = {}): { unsubscribe(): void } => {
    const nowMs = performance.now();
    return countStream(chunks$, {
      items: CHAT,
      labels: LABELS,
      record,
      metrics: metrics as unknown as GatewayMetrics,
      sentAtMs: nowMs - 2000,
      openedAtMs: nowMs - 1000,
      isEmpty: false,
      ...fields,
    }).subscribe({
      next: (chunk) => seen.push(chunk),
      error: (error) => seen.push(error),
      complete: () => seen.push('complete'),
    });
  };

  const expectCounted = (call: object): void => {
    const latencySeconds = expect.closeTo(2, 0) as number;
    expect(metrics.modelCallEnded.mock.calls).toEqual([
      [{ ...LABELS, streaming: true, hasAnswered: true, latencySeconds, ...call }],
    ]);
  };

  it('changes nothing and counts nothing on the way', () => {
    observe();
    chunks$.next(HELLO);
    expect(seen).toEqual([HELLO]);
    expect(seen[0]).toBe(HELLO);
    expect(metrics.modelCallEnded).not.toHaveBeenCalled();
  });

  it('counts a whole stream with its tokens and the time that each took', () => {
    observe();
    chunks$.next(HELLO);
    chunks$.next(USAGE);
    chunks$.complete();
    expect(seen).toEqual([HELLO, USAGE, 'complete']);
    expectCounted({ promptTokens: 7, completionTokens: 5 });
    expect(metrics.timePerOutputToken.mock.calls).toEqual([[{ ...LABELS, seconds: expect.closeTo(0.25, 1) }]]);
  });

  it.each([
    ['without usage', undefined],
    ['with usage null', { ...HELLO, usage: null }],
  ])('counts a whole stream %s without tokens', (_what, chunk) => {
    observe();
    if (chunk !== undefined) chunks$.next(chunk);
    chunks$.complete();
    expectCounted({});
    expect(metrics.timePerOutputToken).not.toHaveBeenCalled();
  });

  it('tells no time per token of a single one', () => {
    observe();
    chunks$.next({ ...USAGE, usage: { prompt_tokens: 7, completion_tokens: 1, total_tokens: 8 } });
    chunks$.complete();
    expect(metrics.timePerOutputToken).not.toHaveBeenCalled();
  });

  it.each([
    ['stream_broken', 'stream_broken'],
    ['bad_response', 'bad_response'],
    ['timeout', 'timeout'],
    ['refused', 'server_error'],
  ] as const)('counts a stream that ends in %s as %s', (kind, errorType) => {
    const error = new UpstreamError('No.', { provider: 'groq', kind, phase: 'idle' });
    observe();
    chunks$.next(HELLO);
    chunks$.error(error);
    expect(seen).toEqual([HELLO, error]);
    expectCounted({ errorType });
    expect(metrics.timePerOutputToken).not.toHaveBeenCalled();
  });

  it('counts a bug as one', () => {
    observe();
    chunks$.error(new TypeError('oops'));
    expectCounted({ errorType: 'unknown' });
  });

  it('blames no provider for a drain', () => {
    observe();
    chunks$.error(serverDrainingError());
    expectCounted({});
  });

  it('takes a reader that unsubscribes for a client that left, with the tokens told so far', () => {
    const reading = observe();
    chunks$.next(USAGE);
    reading.unsubscribe();
    expectCounted({ promptTokens: 7, completionTokens: 5 });
    expect(metrics.timePerOutputToken).not.toHaveBeenCalled();
    expect(chunks$.observed).toBe(false);
  });

  it('records the tokens for the request that opened it as soon as they are known', () => {
    observe();
    chunks$.next(HELLO);
    expect(record).not.toHaveProperty('promptTokens');
    chunks$.next({ ...USAGE, usage: { prompt_tokens: 7, completion_tokens: 1, total_tokens: 8 } });
    chunks$.next(USAGE);
    expect(record).toMatchObject({ promptTokens: 7, completionTokens: 5 });
  });

  it('counts the tokens of a stream whose first reader has left, and does not change its written log line', () => {
    observe();
    record.status = 200;
    chunks$.next(USAGE);
    chunks$.complete();
    expectCounted({ promptTokens: 7, completionTokens: 5 });
    expect(record).not.toHaveProperty('promptTokens');
  });

  it('ends once', () => {
    const reading = observe();
    chunks$.complete();
    reading.unsubscribe();
    expectCounted({});
  });

  it('counts an empty stream as whole, and as a failure of its provider', () => {
    observe({ isEmpty: true });
    chunks$.complete();
    expectCounted({ errorType: 'empty_response' });
  });
});
