import { EmptyAnswerError, UpstreamError } from '@mana-llm/llm-providers';
import { FakeLlmProvider, latch } from '@mana-llm/llm-providers/testing';
import { ApiError } from '@mana-llm/openai-api';
import { EMPTY, NEVER } from 'rxjs';
import { candidateOf, poolOf, routedCall, unconfiguredCandidate } from '../../../test/support/routing-parts.js';
import type { EndedModelCall, GatewayMetrics } from '../../metrics/gateway-metrics.js';
import type { EndpointMetrics } from '../../metrics/endpoint-metrics.js';
import type { Candidate, Route, UnconfiguredCandidate } from '../candidates.js';
import { CHAT, ModelCalls } from './model-calls.js';
import type { Call } from '../../call/call.js';

const told: [string, string?][] = [];
const hear = (id: string, message?: string) => told.push(message === undefined ? [id] : [id, message]);
const ONE = candidateOf('ollama/one', { hear });
const TWO = candidateOf('groq/two', { hear });
const NO_KEY = unconfiguredCandidate('openai/three', 'OPENAI_API_KEY');
const ONE_LABELS = { provider: 'ollama', model: 'one' };
const TWO_LABELS = { provider: 'groq', model: 'two' };
const ANSWER = { usage: { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 } };

const refused = (status: number, code?: string): UpstreamError =>
  new UpstreamError('No.', { provider: 'fake', kind: 'refused', status, ...(code === undefined ? {} : { code }) });
const routeTo = (...candidates: (Candidate | UnconfiguredCandidate)[]): Route => ({
  candidates,
  names: candidates.map(({ name }) => name),
});

describe(ModelCalls.name, () => {
  let metrics: Record<'modelCallEnded' | 'fallback' | 'aliasResolved' | 'timeToFirstToken', jest.Mock>;
  let endpointMetrics: Record<'retried' | 'hedged' | 'queueWaited', jest.Mock>;
  let controller: AbortController;
  let call: Call;
  let resolved: jest.Mock;
  let route: Route;
  let calls: ModelCalls;

  beforeEach(() => {
    told.length = 0;
    // Endpoints that nothing is known of.
    for (const candidate of [ONE, TWO]) Object.assign(candidate, candidateOf(candidate.name, { hear }));
    metrics = { modelCallEnded: jest.fn(), fallback: jest.fn(), aliasResolved: jest.fn(), timeToFirstToken: jest.fn() };
    endpointMetrics = { retried: jest.fn(), hedged: jest.fn(), queueWaited: jest.fn() };
    controller = new AbortController();
    resolved = jest.fn();
    call = { ...routedCall(controller), resolved };
    route = routeTo(ONE);
    calls = new ModelCalls(metrics as unknown as GatewayMetrics, endpointMetrics as unknown as EndpointMetrics);
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

  it('tells how each endpoint did, and nothing against one whose caller was wrong', async () => {
    route = routeTo(ONE, TWO);
    await buffered(refused(500), ANSWER);
    await expect(buffered(refused(400))).rejects.toThrow();
    expect(told).toEqual([['ollama', 'No.'], ['groq'], ['ollama']]);
    expect(call.record.failed).toEqual([
      { model: 'ollama/one', reason: 'server_error', status: 500 },
      { model: 'ollama/one', reason: 'invalid_request', status: 400 },
    ]);
  });

  /** Each attempt answers with, or throws, the next of `outcomes`. */
  const buffered = (...outcomes: unknown[]): Promise<object> =>
    calls.complete(route, call, CHAT, async () => {
      const outcome = outcomes.shift();
      if (outcome instanceof Error) throw outcome;
      return outcome as typeof ANSWER;
    });

  it('hands an endpoint, the model’s name there and the call’s context to the attempt', async () => {
    const attempt = jest.fn(async () => ANSWER);
    await expect(calls.complete(route, call, CHAT, attempt)).resolves.toBe(ANSWER);
    expect(attempt.mock.calls).toEqual([[{ provider: ONE.pool.endpoints[0]?.provider, model: 'one' }, call.context]]);
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
    route = { alias: 'mana/x', ...routeTo(ONE, NO_KEY, TWO) };
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
    route = { alias: 'mana/x', ...routeTo(ONE, TWO) };
    await expect(buffered(refused(500), refused(503))).rejects.toMatchObject({
      status: 503,
      code: 'no_candidate_left',
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
    const gone = calls.complete(route, call, CHAT, async (): Promise<typeof ANSWER> => {
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
    route = routeTo(...candidates);
    await expect(buffered(new EmptyAnswerError('ollama', ANSWER))).resolves.toBe(ANSWER);
    const tokens = { promptTokens: 3, completionTokens: 5 };
    expect(counted()).toEqual([{ ...ONE_LABELS, streaming: false, ...tokens, errorType: 'empty_response' }]);
  });

  it('counts an opened stream at its end, and one that does not open at once', async () => {
    const chunks$ = await calls.openStream(route, call, CHAT, async () => EMPTY);
    expect(counted()).toEqual([]);
    expect(metrics.timeToFirstToken.mock.calls).toEqual([[{ ...ONE_LABELS, seconds: expect.any(Number) }]]);
    chunks$.subscribe();
    expect(counted()).toEqual([{ ...ONE_LABELS, streaming: true }]);
    const failing = calls.openStream(route, call, CHAT, () => Promise.reject(refused(500)));
    await expect(failing).rejects.toMatchObject({ status: 500 });
    expect(counted()[1]).toEqual({ ...ONE_LABELS, streaming: true, errorType: 'server_error' });
  });

  it('counts an empty stream as whole, and as a failure of its provider', async () => {
    const chunks$ = await calls.openStream(route, call, CHAT, () =>
      Promise.reject(new EmptyAnswerError('ollama', EMPTY)),
    );
    chunks$.subscribe();
    expect(counted()).toEqual([{ ...ONE_LABELS, streaming: true, errorType: 'empty_response' }]);
  });

  it('adds up the time that the attempts took', async () => {
    route = routeTo(ONE, TWO);
    await buffered(refused(500), ANSWER);
    const { upstreamMs = -1, startedAtMs } = call.record;
    expect(upstreamMs).toBeGreaterThan(0);
    expect(upstreamMs).toBeLessThanOrEqual(performance.now() - startedAtMs);
  });

  it('says who was not even asked, and counts no call', async () => {
    const parked = candidateOf('ollama/parked');
    parked.pool.endpoints[0]?.parked.park('parked', 5_000);
    route = routeTo(parked);
    await expect(buffered(ANSWER)).rejects.toMatchObject({ status: 429, reason: 'rate_limit' });
    expect(resolved.mock.calls).toEqual([['ollama/parked', 0]]);
    expect(call.record.failed).toEqual([{ model: 'ollama/parked', reason: 'rate_limit' }]);
    expect(counted()).toEqual([]);
  });

  it('counts a step past an open breaker under the name that dashboards read', async () => {
    const broken = candidateOf('ollama/broken', { policy: { breaker: { failures: 1, openMs: 60_000 } } });
    broken.pool.endpoints[0]?.breaker.enter('m', 'x').unreachable();
    route = routeTo(broken, TWO);
    await buffered(ANSWER);
    expect(metrics.fallback.mock.calls).toEqual([
      [{ fromModel: 'ollama/broken', toModel: 'groq/two', reason: 'cache-unhealthy' }],
    ]);
  });

  it('counts retries with what went wrong, and each try', async () => {
    const again = candidateOf('ollama/again', { policy: { retries: 1 } });
    route = routeTo(again);
    await buffered(new UpstreamError('Cut.', { provider: 'ollama', kind: 'connection_failed' }), ANSWER);
    expect(endpointMetrics.retried.mock.calls).toEqual([[{ provider: 'ollama', reason: 'connection_failed' }]]);
    expect(resolved).toHaveBeenLastCalledWith('ollama/again', 2);
  });

  it('leaves out our own retries that a caller makes itself', async () => {
    route = routeTo(candidateOf('ollama/again', { policy: { retries: 1 } }));
    call = routedCall(controller, { 'x-stainless-retry-count': '1' });
    const error = new UpstreamError('Cut.', { provider: 'ollama', kind: 'connection_failed' });
    await expect(buffered(error, ANSWER)).rejects.toBe(error);
  });

  it('asks candidates with more room after a prompt that was too long, and skips those with no more', async () => {
    const withRoom = (name: string, tokens: number): Candidate => ({
      name: `${name}/m`,
      model: 'm',
      pool: poolOf([new FakeLlmProvider(name, { contextLengthOf: () => tokens })]),
    });
    route = routeTo(withRoom('small', 4_096), withRoom('equal', 4_096), withRoom('large', 8_192));
    await buffered(refused(400, 'context_length_exceeded'), ANSWER);
    expect(resolved.mock.calls).toEqual([
      ['small/m', 1],
      ['large/m', 2],
    ]);
    expect(metrics.fallback.mock.calls).toEqual([
      [{ fromModel: 'small/m', toModel: 'equal/m', reason: 'context_length_exceeded' }],
      [{ fromModel: 'equal/m', toModel: 'large/m', reason: 'context_length_exceeded' }],
    ]);
  });

  it('records the tokens of all calls for one request together', async () => {
    await buffered(ANSWER);
    await buffered(ANSWER);
    expect(call.record).toMatchObject({ promptTokens: 6, completionTokens: 10 });
  });

  it('counts an empty answer that another candidate mends as a failure', async () => {
    route = routeTo(ONE, TWO);
    await buffered(new EmptyAnswerError('ollama', ANSWER), ANSWER);
    expect(metrics.modelCallEnded.mock.calls[0]).toEqual([
      expect.objectContaining({ ...ONE_LABELS, errorType: 'empty_response', hasAnswered: false }),
    ]);
  });

  describe('with hedging', () => {
    const slow = candidateOf('ollama/slow', { policy: { hedgeAfterMs: 1 } });

    it('tells who answered, and frees the other one', async () => {
      route = routeTo(slow, TWO);
      const answer = await calls.complete(route, call, CHAT, ({ model }, { signal }) =>
        model === 'slow'
          ? new Promise<typeof ANSWER>((_resolve, reject) => {
              signal.addEventListener('abort', () => reject(signal.reason as Error));
            })
          : Promise.resolve(ANSWER),
      );
      expect(answer).toBe(ANSWER);
      expect(resolved).toHaveBeenLastCalledWith('groq/two', 2);
      expect(endpointMetrics.hedged.mock.calls).toEqual([[{ outcome: 'won' }]]);
      expect(slow.pool.endpoints[0]?.queue.running).toBe(0);
    });
  });

  it('stops a stream that has opened and was second, though nobody ever reads it', async () => {
    const slow = candidateOf('ollama/slow', { policy: { hedgeAfterMs: 1 } });
    route = routeTo(slow, TWO);
    const signals = new Map<string, AbortSignal>();
    const { opened, open } = latch();
    await calls.openStream(route, call, CHAT, async ({ model }, { signal }) => {
      signals.set(model, signal);
      if (model === 'two') open();
      await opened;
      return NEVER;
    });
    const running = [slow, TWO].map(({ pool }) => pool.endpoints[0]?.queue.running);
    const stopped = ['slow', 'two'].map((model) => signals.get(model)?.aborted);
    expect(running.map((count) => count === 0)).toEqual(stopped);
    expect(stopped.filter((isStopped) => isStopped)).toHaveLength(1);
    controller.abort();
    expect([slow, TWO].map(({ pool }) => pool.endpoints[0]?.queue.running)).toEqual([0, 0]);
  });

  it('counts a hedge as won where it answers, though another one was started after it', async () => {
    const hedged = (name: string): Candidate => candidateOf(name, { policy: { hedgeAfterMs: 1 } });
    route = routeTo(hedged('a/fails'), hedged('b/answers'), hedged('c/slow'));
    const started = new Map<string, () => void>();
    const startOf = (model: string): Promise<void> => new Promise((resolve) => started.set(model, resolve));
    const [second, third] = [startOf('answers'), startOf('slow')];
    await calls.complete(route, call, CHAT, async ({ model }, { signal }) => {
      started.get(model)?.();
      if (model === 'fails') await second.then(() => Promise.reject(refused(500)));
      if (model === 'answers') await third;
      if (model === 'slow') await new Promise((_resolve, reject) => signal.addEventListener('abort', reject));
      return ANSWER;
    });
    expect(endpointMetrics.hedged.mock.calls).toEqual([[{ outcome: 'won' }]]);
  });

  it('keeps the endpoints of its route open until somebody has answered', async () => {
    route = routeTo(ONE, NO_KEY, TWO);
    const endpoints = [ONE, TWO].flatMap(({ pool }) => pool.endpoints);
    const idle = (): boolean[] => endpoints.map(({ isIdle }) => isIdle);
    const seen: boolean[][] = [];
    await calls.complete(route, call, CHAT, async () => {
      seen.push(idle());
      return ANSWER;
    });
    await expect(buffered(refused(400))).rejects.toThrow();
    expect([seen, idle()]).toEqual([[[false, false]], [true, true]]);
  });

  it('frees the endpoint of a stream that nobody subscribes to once its caller has left', async () => {
    await calls.openStream(route, call, CHAT, async () => NEVER);
    expect(ONE.pool.endpoints[0]?.queue.running).toBe(1);
    controller.abort();
    expect(ONE.pool.endpoints[0]?.queue.running).toBe(0);
  });
});
