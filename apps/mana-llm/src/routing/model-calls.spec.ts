import { EmptyAnswerError, UpstreamError } from '@mana-llm/llm-providers';
import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import { ApiError } from '@mana-llm/openai-api';
import { EMPTY } from 'rxjs';
import type { EndedModelCall, GatewayMetrics } from '../metrics/gateway-metrics.js';
import { type CallOutcome, CallOutcomes } from './call-outcomes.js';
import type { Candidate, Route, UnconfiguredCandidate } from './candidate.js';
import { ModelCalls, type RoutedCall } from './model-calls.js';

const candidate = (provider: string, model: string): Candidate => ({
  name: `${provider}/${model}`,
  model,
  provider: new FakeLlmProvider(provider),
});

const ONE = candidate('ollama', 'one');
const TWO = candidate('groq', 'two');
const NO_KEY: UnconfiguredCandidate = { name: 'openai/three', keyVariable: 'OPENAI_API_KEY' };
const ONE_LABELS = { provider: 'ollama', model: 'ollama/one' };
const TWO_LABELS = { provider: 'groq', model: 'groq/two' };
const ANSWER = { usage: { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 } };

const refused = (status: number): UpstreamError =>
  new UpstreamError('No.', { provider: 'fake', kind: 'refused', status });

describe(ModelCalls.name, () => {
  const outcomes = new CallOutcomes();
  let metrics: Record<'modelCallEnded' | 'fallback' | 'aliasResolved' | 'timeToFirstToken', jest.Mock>;
  let controller: AbortController;
  let call: RoutedCall;
  let resolved: jest.Mock;
  let route: Route;
  let calls: ModelCalls;

  beforeEach(() => {
    metrics = { modelCallEnded: jest.fn(), fallback: jest.fn(), aliasResolved: jest.fn(), timeToFirstToken: jest.fn() };
    controller = new AbortController();
    resolved = jest.fn();
    const record = { requestId: 'r', method: 'POST', route: 'unmatched', startedAtMs: performance.now() };
    call = {
      record,
      resolved,
      context: { signal: controller.signal, requestId: 'r' },
    };
    route = { candidates: [ONE] };
    calls = new ModelCalls(metrics as unknown as GatewayMetrics, outcomes);
  });

  /** An answer is counted with its tokens, an empty one with its own error type. */
  const isAnswer = ({ errorType, promptTokens }: Partial<EndedModelCall>): boolean =>
    promptTokens !== undefined ||
    errorType === 'empty_response' ||
    (errorType === undefined && !controller.signal.aborted);

  /** The counted calls, without their latency: it is a number of seconds, and no more is known. */
  const counted = (): Omit<EndedModelCall, 'latencySeconds' | 'hasAnswered'>[] =>
    metrics.modelCallEnded.mock.calls.map(([{ latencySeconds, hasAnswered, ...ended }]: [EndedModelCall]) => {
      expect(hasAnswered).toBe(isAnswer(ended));
      expect(latencySeconds).toBeGreaterThanOrEqual(0);
      expect(latencySeconds).toBeLessThan(60);
      return ended;
    });

  it('tells how each provider did, and nothing against one whose caller was wrong', async () => {
    const told: CallOutcome[] = [];
    const listening = outcomes.outcomes$.subscribe((outcome) => told.push(outcome));
    route = { candidates: [ONE, TWO] };
    await buffered(refused(500), ANSWER);
    await expect(buffered(refused(400))).rejects.toThrow();
    listening.unsubscribe();
    expect(told).toEqual([{ provider: 'ollama', failure: 'No.' }, { provider: 'groq' }]);
    expect(call.record.failed).toEqual([
      { model: 'ollama/one', reason: 'server_error', status: 500 },
      { model: 'ollama/one', reason: 'invalid_request', status: 400 },
    ]);
  });

  /** Each attempt answers with, or throws, the next of `outcomes`. */
  const buffered = (...outcomes: unknown[]): Promise<object> =>
    calls.complete(route, call, async () => {
      const outcome = outcomes.shift();
      if (outcome instanceof Error) throw outcome;
      return outcome as typeof ANSWER;
    });

  it('hands the candidate and the call’s context to the attempt', async () => {
    const attempt = jest.fn(async () => ANSWER);
    await expect(calls.complete(route, call, attempt)).resolves.toBe(ANSWER);
    expect(attempt.mock.calls).toEqual([[ONE, call.context]]);
  });

  it('counts a buffered answer, its latency and its tokens', async () => {
    await buffered(ANSWER);
    expect(counted()).toEqual([{ ...ONE_LABELS, streaming: false, promptTokens: 3, completionTokens: 5 }]);
    expect(call.record).toMatchObject({
      attempts: 1,
      provider: 'ollama',
      model: 'ollama/one',
      promptTokens: 3,
      completionTokens: 5,
      upstreamMs: expect.any(Number),
    });
  });

  it.each([
    [{ usage: { prompt_tokens: 3, total_tokens: 3 } }, { promptTokens: 3 }],
    [{}, {}],
  ])('records no tokens that were not told: %j', async (answer, tokens) => {
    await buffered(answer);
    const { promptTokens, completionTokens } = call.record;
    expect(JSON.parse(JSON.stringify({ promptTokens, completionTokens }))).toEqual(tokens);
  });

  it('counts each failed attempt and tells who answered', async () => {
    route = { alias: 'mana/x', candidates: [ONE, NO_KEY, TWO] };
    await buffered(refused(429), ANSWER);
    expect(counted()).toEqual([
      { ...ONE_LABELS, streaming: false, errorType: 'rate_limit' },
      { ...TWO_LABELS, streaming: false, promptTokens: 3, completionTokens: 5 },
    ]);
    expect(metrics.fallback.mock.calls).toEqual([
      [{ fromModel: 'ollama/one', toModel: 'openai/three', reason: 'rate_limit' }],
      [{ fromModel: 'openai/three', toModel: 'groq/two', reason: 'unconfigured' }],
    ]);
    expect(metrics.aliasResolved.mock.calls).toEqual([[{ alias: 'mana/x', target: 'groq/two' }]]);
    expect(resolved.mock.calls).toEqual([
      ['ollama/one', 1],
      ['groq/two', 2],
    ]);
    expect(call.record).toMatchObject({ attempts: 2, provider: 'groq', model: 'groq/two' });
  });

  it('tells the last attempt when none succeeds, and resolves no alias', async () => {
    route = { alias: 'mana/x', candidates: [ONE, TWO] };
    await expect(buffered(refused(500), refused(503))).rejects.toMatchObject({
      status: 503,
      body: { error: { code: 'no_candidate_left' } },
    });
    expect(resolved).toHaveBeenLastCalledWith('groq/two', 2);
    expect(metrics.aliasResolved).not.toHaveBeenCalled();
    expect(metrics.fallback).toHaveBeenLastCalledWith({ fromModel: 'groq/two', toModel: '', reason: 'server_error' });
    expect(call.record).not.toHaveProperty('promptTokens');
  });

  it('counts a refusal of the gateway as an invalid request', async () => {
    await expect(buffered(ApiError.invalidRequest('No audio.'))).rejects.toMatchObject({ status: 400 });
    expect(counted()).toEqual([{ ...ONE_LABELS, streaming: false, errorType: 'invalid_request' }]);
  });

  it('counts a call whose caller left, but not as an error', async () => {
    const gone = calls.complete(route, call, async (): Promise<typeof ANSWER> => {
      controller.abort();
      throw new DOMException('gone', 'AbortError');
    });
    await expect(gone).rejects.toMatchObject({ name: 'AbortError' });
    expect(counted()).toEqual([{ ...ONE_LABELS, streaming: false }]);
  });

  it.each<[string, (Candidate | UnconfiguredCandidate)[]]>([
    ['the only candidate', [ONE]],
    ['the last one that can be tried', [ONE, NO_KEY]],
  ])('counts an empty answer of %s once, and gives it', async (_what, candidates) => {
    route = { candidates };
    await expect(buffered(new EmptyAnswerError('ollama', ANSWER))).resolves.toBe(ANSWER);
    const tokens = { promptTokens: 3, completionTokens: 5 };
    expect(counted()).toEqual([{ ...ONE_LABELS, streaming: false, ...tokens, errorType: 'empty_response' }]);
  });

  it('counts an opened stream at its end, and one that does not open at once', async () => {
    const chunks$ = await calls.openStream(route, call, async () => EMPTY);
    expect(counted()).toEqual([]);
    expect(metrics.timeToFirstToken.mock.calls).toEqual([[{ ...ONE_LABELS, seconds: expect.any(Number) }]]);
    chunks$.subscribe();
    expect(counted()).toEqual([{ ...ONE_LABELS, streaming: true }]);
    const failing = calls.openStream(route, call, () => Promise.reject(refused(500)));
    await expect(failing).rejects.toMatchObject({ status: 500 });
    expect(counted()[1]).toEqual({ ...ONE_LABELS, streaming: true, errorType: 'server_error' });
  });

  it('counts an empty stream as whole, and as a failure of its provider', async () => {
    const chunks$ = await calls.openStream(route, call, () => Promise.reject(new EmptyAnswerError('ollama', EMPTY)));
    chunks$.subscribe();
    expect(counted()).toEqual([{ ...ONE_LABELS, streaming: true, errorType: 'empty_response' }]);
  });

  it('adds up the time that the attempts took', async () => {
    route = { candidates: [ONE, TWO] };
    await buffered(refused(500), ANSWER);
    const { upstreamMs = -1, startedAtMs } = call.record;
    expect(upstreamMs).toBeGreaterThan(0);
    expect(upstreamMs).toBeLessThanOrEqual(performance.now() - startedAtMs);
  });
});
