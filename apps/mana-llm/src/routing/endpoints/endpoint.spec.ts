import { UpstreamError } from '@mana-llm/llm-providers';
import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import { endpointOf, PLAIN_POLICY } from '../../../test/support/routing-parts.js';
import type { AdmissionRequest } from '../admission/admission-queue.js';
import { Endpoint } from './endpoint.js';
import { type EndpointAttempt, type EndpointRequest } from './endpoint-attempt.js';

const NOW_MS = 1_754_000_000_000;
const BROKEN = new UpstreamError('Cut.', { provider: 'ollama', kind: 'connection_failed' });
const refused = (status: number, retryAfterMs?: number): UpstreamError =>
  new UpstreamError('No.', {
    provider: 'ollama',
    kind: 'refused',
    status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });

describe(Endpoint.name, () => {
  let nowMs: number;
  let events: string[];
  let controller: AbortController;
  let endpoint: Endpoint;

  beforeEach(() => {
    nowMs = NOW_MS;
    events = [];
    controller = new AbortController();
    endpoint = endpointOf(new FakeLlmProvider('ollama'), {
      nowMs: () => nowMs,
      policy: { breaker: { failures: 2, openMs: 5_000 }, concurrent: 1, queued: 1 },
      observer: {
        breakerChanged: ({ id }, state) => events.push(`${id} ${state}`),
        modelChanged: (_endpoint, model, isUnavailable) => events.push(`${model} ${isUnavailable}`),
        queueChanged: ({ queue }) => events.push(`${queue.waiting} wait`),
      },
      hear: (_id, message = 'answered') => events.push(message),
    });
  });

  const enter = (request: Partial<EndpointRequest> = {}): Promise<EndpointAttempt> =>
    endpoint.enter({ model: 'm', caller: 'x', isLowPriority: false, signal: controller.signal, ...request });
  const attempt = async (outcome?: Error): Promise<void> => {
    const entered = await enter();
    if (outcome === undefined) entered.succeeded();
    else entered.failed(outcome);
  };
  const open = async (): Promise<void> => {
    await attempt(BROKEN);
    await attempt(BROKEN);
  };

  it('lets one in and tells that it answers', async () => {
    nowMs += 1_000;
    await attempt();
    expect([endpoint.health.lastUsedAtMs, endpoint.queue.running]).toEqual([nowMs, 0]);
    expect(events).toEqual(['answered']);
  });

  it('tells of the queue when somebody waits or no longer does', async () => {
    const first = await enter();
    const second = enter();
    first.succeeded();
    (await second).succeeded();
    expect(events).toEqual(['1 wait', 'answered', '0 wait', 'answered']);
  });

  it.each<[string, number, Partial<AdmissionRequest>]>([
    ['queue_full', 1, {}],
    ['queue_timeout', 0, { deadlineAtMs: NOW_MS - 1 }],
  ])('refuses with %s and the time after which to come again', async (reason, waiting, request) => {
    const first = await enter();
    const waiters = Array.from({ length: waiting }, () => enter());
    await expect(enter(request)).rejects.toMatchObject({
      name: 'ApiError',
      status: 429,
      reason,
      retryAfterMs: 1_000,
      message: expect.stringContaining('`ollama/m`'),
    });
    first.succeeded();
    for (const waiter of waiters) (await waiter).succeeded();
    expect(endpoint.queue.running).toBe(0);
  });

  describe('to a caller who leaves', () => {
    it('while it waits gives its place in the queue to the next one', async () => {
      const first = await enter();
      const waiter = enter();
      controller.abort(new DOMException('gone', 'AbortError'));
      await expect(waiter).rejects.toMatchObject({ name: 'AbortError' });
      first.succeeded();
      expect([endpoint.queue.running, endpoint.queue.waiting]).toEqual([0, 0]);
    });

    it('at the moment at which a place is free sends nothing', async () => {
      const first = await enter({ signal: new AbortController().signal });
      const waiter = enter();
      first.succeeded();
      controller.abort(new DOMException('gone', 'AbortError'));
      await expect(waiter).rejects.toMatchObject({ name: 'AbortError' });
      expect([endpoint.queue.running, endpoint.queue.waiting]).toEqual([0, 0]);
    });
  });

  describe('with an open breaker', () => {
    beforeEach(open);

    it('refuses with the time until the next try', async () => {
      nowMs += 2_000;
      await expect(enter()).rejects.toMatchObject({ status: 503, reason: 'breaker_open', retryAfterMs: 3_000 });
      expect(endpoint.queue.running).toBe(0);
      expect(events).toEqual(['Cut.', 'ollama open', 'Cut.']);
    });

    it('refuses all others while the probe is out, for a second', async () => {
      nowMs += 5_000;
      endpoint.configure('ollama', { provider: 'ollama', ...PLAIN_POLICY });
      const probe = await enter();
      expect(endpoint.unavailability('m')).toMatchObject({ reason: 'breaker_open', retryAfterMs: 1_000 });
      probe.succeeded();
      expect(endpoint.unavailability('m')).toBeUndefined();
    });

    it('is asked again at once after a ping', async () => {
      expect(endpoint.health.isSuspect).toBe(true);
      endpoint.health.pingSucceeded();
      expect(endpoint.health.isSuspect).toBe(false);
      await attempt();
      expect(endpoint.breaker.state).toBe('closed');
    });
  });

  it('says that a model rests, and which caller may ask it all the same', async () => {
    const other = await enter({ model: 'other' });
    other.succeeded();
    for (let failure = 0; failure < 2; failure += 1) await attempt(refused(500));
    await expect(enter()).rejects.toMatchObject({
      status: 503,
      reason: 'breaker_open',
      retryAfterMs: 5_000,
      message: expect.stringContaining('The model `ollama/m` has failed'),
    });
    expect(events).toEqual(['answered', 'm true']);
    (await enter({ caller: 'v' })).succeeded();
    expect(endpoint.unavailability('m')).toBeUndefined();
    expect(events).toEqual(['answered', 'm true', 'm false', 'answered']);
  });

  it('leaves all models alone where two of three rest, until its time is over: no ping shortens it', async () => {
    await attempt();
    for (const model of ['one', 'two']) {
      for (let failure = 0; failure < 2; failure += 1) (await enter({ model })).failed(refused(500));
    }
    endpoint.health.pingSucceeded();
    expect(endpoint.unavailability('m', 'x')).toMatchObject({
      reason: 'breaker_open',
      retryAfterMs: 5_000,
      message: expect.stringContaining('The provider of `ollama/m` has failed'),
    });
    expect([endpoint.breaker.state, endpoint.unavailability('m', 'v')]).toEqual(['open', undefined]);
    nowMs += 5_000;
    await attempt();
    expect([endpoint.breaker.state, endpoint.unavailability('one', 'x')]).toEqual(['closed', undefined]);
    expect(events.filter((event) => event.startsWith('ollama'))).toEqual(['ollama open', 'ollama closed']);
  });

  it('refuses those who waited while its breaker opened', async () => {
    await attempt(BROKEN);
    const first = await enter();
    const waiter = enter();
    first.failed(BROKEN);
    await expect(waiter).rejects.toMatchObject({ reason: 'breaker_open' });
    expect(endpoint.queue.running).toBe(0);
  });

  it('lets one model rest as long as its 429 asks, and serves the others', async () => {
    await attempt(refused(429, 2_000));
    expect(endpoint.unavailability('m')).toMatchObject({ status: 429, reason: 'rate_limit', retryAfterMs: 2_000 });
    expect(endpoint.unavailability('other')).toBeUndefined();
    nowMs += 2_000;
    expect(endpoint.unavailability('m')).toBeUndefined();
    expect(endpoint.health.isSuspect).toBe(false);
  });

  it('is suspect after a failed ping, until something shows that it is back', async () => {
    endpoint.health.pingFailed();
    expect(endpoint.health.isSuspect).toBe(true);
    await attempt();
    expect(endpoint.health.isSuspect).toBe(false);
  });

  it('takes over another name and other limits, and keeps what runs and waits', async () => {
    const first = await enter();
    const waiter = enter();
    endpoint.configure('ollama#2', {
      provider: 'ollama',
      ...PLAIN_POLICY,
      concurrent: 2,
      breaker: { failures: 1, openMs: 1 },
    });
    const second = await waiter;
    expect([endpoint.id, endpoint.queue.running]).toEqual(['ollama#2', 2]);
    first.succeeded();
    second.failed(BROKEN);
    expect(events).toContain('ollama#2 open');
  });
});
