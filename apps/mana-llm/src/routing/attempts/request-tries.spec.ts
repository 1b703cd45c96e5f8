import type { IncomingHttpHeaders } from 'node:http';
import { requireChat, UpstreamError, type CallerLimits } from '@mana-llm/llm-providers';
import { candidateOf, routedCall } from '../../../test/support/routing-parts.js';
import type { GatewayMetrics } from '../../metrics/gateway-metrics.js';
import type { EndpointMetrics } from '../../metrics/endpoint-metrics.js';
import type { Candidate } from '../candidates.js';
import type { EndpointRequest } from '../endpoints/endpoint-attempt.js';
import { RequestTries } from './request-tries.js';
import type { Call } from '../../call/call.js';

const NOW_MS = 1_754_000_000_000;

/** The terms on which endpoints are asked; what is counted and told stands in `model-calls.spec.ts`. */
describe(RequestTries.name, () => {
  let call: Call;
  let candidate: Candidate;
  let entered: EndpointRequest[];

  beforeEach(() => {
    jest.useFakeTimers({ now: NOW_MS });
    candidate = candidateOf('ollama/m', { policy: { retries: 2, retryBudgetMs: 5_000 } });
    entered = [];
    const [endpoint] = candidate.pool.endpoints;
    if (endpoint === undefined) throw new Error('a pool has an endpoint');
    const enter = endpoint.enter.bind(endpoint);
    jest.spyOn(endpoint, 'enter').mockImplementation((request) => {
      entered.push(request);
      return enter(request);
    });
  });
  afterEach(() => jest.useRealTimers());

  const tries = (limits: CallerLimits = {}, headers: IncomingHttpHeaders = {}): RequestTries => {
    const plain = routedCall(new AbortController(), headers);
    call = { ...plain, context: { ...plain.context, limits } };
    const metrics = { modelCallEnded: () => undefined } as unknown as GatewayMetrics;
    const endpointMetrics = { retried: () => undefined, queueWaited: () => undefined } as unknown as EndpointMetrics;
    return new RequestTries({ call, metrics, endpointMetrics, streaming: false, requireFrom: requireChat });
  };
  const attempt = async (sut: RequestTries, ...outcomes: (string | Error)[]): Promise<unknown> => {
    const { signal } = call.context;
    const trying = sut
      .attempt(candidate, { signal, isLast: true }, async (attempt) => {
        const outcome = outcomes.shift();
        if (outcome instanceof Error) throw outcome;
        attempt.succeeded();
        return outcome;
      })
      .catch((error: unknown) => error);
    await jest.advanceTimersByTimeAsync(60_000);
    return trying;
  };
  const deadlineOf = (): number | undefined => entered[0]?.deadlineAtMs;

  it.each<[string, CallerLimits, number]>([
    ['the whole call must be over', { deadlineAtMs: NOW_MS + 1_000, openByMs: NOW_MS + 2_000 }, NOW_MS + 1_000],
    ['the answer must have begun', { deadlineAtMs: NOW_MS + 2_000, openByMs: NOW_MS + 1_000 }, NOW_MS + 1_000],
    ['the caller hears nothing for too long', { maxSilenceMs: 1_500, openByMs: NOW_MS + 2_000 }, NOW_MS + 1_500],
  ])('has a place by the time when %s', async (_what, limits, deadlineAtMs) => {
    await attempt(tries(limits), 'hello');
    expect(deadlineOf()).toBe(deadlineAtMs);
  });

  it('counts the caller’s silence from the request on, whoever was asked before', async () => {
    const sut = tries({ maxSilenceMs: 90_000 });
    await jest.advanceTimersByTimeAsync(60_000);
    await attempt(sut, 'hello');
    expect(deadlineOf()).toBe(NOW_MS + 90_000);
  });

  it('has no deadline where the caller sets none', async () => {
    await attempt(tries(), 'hello');
    expect(entered).toEqual([{ model: 'm', caller: '127.0.0.1', isLowPriority: false, signal: call.context.signal }]);
  });

  it('tells who was checked to ask, the name that it gives itself, and how urgent it is', async () => {
    await attempt(tries({}, { 'x-mana-llm-caller': 'batch', 'x-mana-llm-priority': 'low' }), 'hello');
    expect(entered[0]).toMatchObject({ caller: '127.0.0.1', callerName: 'batch', isLowPriority: true });
  });

  describe('asks again', () => {
    const busy = (retryAfterMs: number): UpstreamError =>
      new UpstreamError('Busy.', { provider: 'ollama', kind: 'refused', status: 503, retryAfterMs });

    it.each<[string, CallerLimits, number]>([
      ['as often as it may', {}, 3],
      ['not past the caller’s deadline', { deadlineAtMs: NOW_MS + 1_500 }, 2],
    ])('%s', async (_what, limits, count) => {
      await attempt(tries(limits), busy(1_000), busy(1_000), busy(1_000), 'hello');
      expect(entered).toHaveLength(count);
    });

    it('not past its own time, which all candidates share', async () => {
      const sut = tries();
      await jest.advanceTimersByTimeAsync(4_500);
      const error = busy(1_000);
      expect(await attempt(sut, error, 'hello')).toBe(error);
      expect(entered).toHaveLength(1);
    });
  });
});
