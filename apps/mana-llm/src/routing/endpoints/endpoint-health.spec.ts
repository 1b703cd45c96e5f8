import { UpstreamError } from '@mana-llm/llm-providers';
import { FakeLlmProvider, latch } from '@mana-llm/llm-providers/testing';
import type { Endpoint } from './endpoint.js';
import { endpointOf, PLAIN_POLICY } from '../../../test/support/routing-parts.js';
import { PING_TIMEOUT_MS } from './ask-provider.js';
import { FAILED_MEMORY_MS, FAILED_REQUESTS_TO_UNHEALTHY, MEMORY_MS, EndpointHealth } from './endpoint-health.js';

const NOW_MS = 1_754_000_000_000;
const REFUSED = new UpstreamError('ollama refused the connection.', { provider: 'ollama', kind: 'connection_failed' });

describe(EndpointHealth.name, () => {
  let changes: string[];

  beforeEach(() => {
    jest.useFakeTimers({ now: NOW_MS });
    changes = [];
  });
  afterEach(() => jest.useRealTimers());

  /** A provider that answers its pings in turn. */
  function watch(...pings: (() => Promise<void>)[]): {
    provider: FakeLlmProvider;
    watched: EndpointHealth;
    endpoint: Endpoint;
  } {
    return watchWith(false, ...pings);
  }

  function watchWith(
    isImplicit: boolean,
    ...pings: (() => Promise<void>)[]
  ): { provider: FakeLlmProvider; watched: EndpointHealth; endpoint: Endpoint } {
    const provider = new FakeLlmProvider('ollama', {
      ping: () => pings.shift()?.() ?? Promise.reject(new Error('no ping is scripted')),
    });
    const endpoint = endpointOf(provider, {
      policy: { isImplicit },
      observer: { healthChanged: ({ health }) => changes.push(health.state.status) },
    });
    return { provider, watched: endpoint.health, endpoint };
  }

  const openBreaker = ({ breaker }: Endpoint): void => {
    for (let failure = 0; failure < PLAIN_POLICY.breaker.failures; failure += 1) breaker.enter('m', 'x').unreachable();
  };
  const succeed = (): Promise<void> => Promise.resolve();
  const refuse = (): Promise<void> => Promise.reject(REFUSED);

  it('is unknown before it was asked', () => {
    expect(watch().watched.state).toMatchObject({ status: 'unknown', lastCheckAtMs: null });
  });

  it('is healthy after a ping, with its latency', async () => {
    const { watched } = watch(succeed);

    expect(await watched.check()).toEqual({
      status: 'healthy',
      latencyMs: expect.any(Number),
      consecutiveFailures: 0,
      lastError: null,
      lastCheckAtMs: NOW_MS,
      unhealthyUntilMs: null,
    });
  });

  it('is unhealthy after a failed ping, until it may be asked again', async () => {
    const { watched } = watch(refuse);

    expect(await watched.check()).toEqual({
      status: 'unhealthy',
      latencyMs: null,
      consecutiveFailures: 1,
      lastError: 'ollama refused the connection.',
      lastCheckAtMs: NOW_MS,
      unhealthyUntilMs: NOW_MS + FAILED_MEMORY_MS,
    });
  });

  it('is absent instead, where nobody has named it, until it has answered once', async () => {
    const { watched, endpoint } = watchWith(true, refuse, succeed, refuse);

    expect(await watched.check()).toMatchObject({ status: 'absent', lastError: 'ollama refused the connection.' });
    for (let failure = 0; failure < FAILED_REQUESTS_TO_UNHEALTHY; failure += 1) watched.broke('No.');
    openBreaker(endpoint);
    watched.broke('No.');
    expect(watched.state.status).toBe('absent');

    jest.advanceTimersByTime(MEMORY_MS);
    expect((await watched.check()).status).toBe('healthy');
    jest.advanceTimersByTime(MEMORY_MS);
    expect((await watched.check()).status).toBe('unhealthy');
    expect(changes).toEqual(['absent', 'healthy', 'unhealthy']);
  });

  it('tells nothing of an error whose text is not known to be safe', async () => {
    const { watched } = watch(() => Promise.reject(new Error('connect http://gpu-box:11434')));

    expect((await watched.check()).lastError).toBe('The check itself failed.');
  });

  it('is unhealthy when the ping takes too long, even when the provider does not notice', async () => {
    const { provider, watched } = watch(() => latch().opened);

    const check = watched.check();
    jest.advanceTimersByTime(PING_TIMEOUT_MS);

    expect(await check).toMatchObject({ status: 'unhealthy', lastError: 'ollama did not answer within 3 s.' });
    expect(provider.calls[0]?.context.signal.aborted).toBe(true);
  });

  it.each([
    ['a success', succeed, MEMORY_MS],
    ['a failure', refuse, FAILED_MEMORY_MS],
  ])('shares one ping among concurrent callers and remembers %s', async (_what, first, memoryMs) => {
    const { provider, watched } = watch(first, succeed);

    await Promise.all([watched.check(), watched.check()]);
    jest.advanceTimersByTime(memoryMs - 1);
    await watched.check();
    expect(provider.calls).toHaveLength(1);

    jest.advanceTimersByTime(1);
    expect((await watched.check()).status).toBe('healthy');
    expect(provider.calls).toHaveLength(2);
  });

  it('counts failures in a row and forgets them after a success', async () => {
    const { watched } = watch(refuse, refuse, succeed);

    await watched.check();
    jest.advanceTimersByTime(MEMORY_MS);
    expect((await watched.check()).consecutiveFailures).toBe(2);
    jest.advanceTimersByTime(MEMORY_MS);
    expect(await watched.check()).toMatchObject({ consecutiveFailures: 0, lastError: null });
  });

  it('reports changes and nothing else', async () => {
    const { watched } = watch(succeed, succeed, refuse, refuse, succeed);

    for (let ping = 0; ping < 5; ping += 1) {
      await watched.check();
      jest.advanceTimersByTime(MEMORY_MS);
    }

    expect(changes).toEqual(['healthy', 'unhealthy', 'healthy']);
  });

  it('becomes unhealthy by failed requests only after several in a row', async () => {
    const { provider, watched } = watch(succeed);
    await watched.check();

    for (let failure = 1; failure < FAILED_REQUESTS_TO_UNHEALTHY; failure += 1) {
      watched.broke('ollama broke the stream.');
    }
    expect(watched.state).toMatchObject({ status: 'healthy', consecutiveFailures: FAILED_REQUESTS_TO_UNHEALTHY - 1 });

    jest.advanceTimersByTime(1000);
    watched.broke('ollama broke the stream.');
    expect(await watched.check()).toMatchObject({
      status: 'unhealthy',
      lastError: 'ollama broke the stream.',
      unhealthyUntilMs: NOW_MS + 1000 + FAILED_MEMORY_MS,
    });
    expect(provider.calls).toHaveLength(1);
  });

  it('becomes healthy at once by a request that was answered', async () => {
    const { watched } = watch(refuse);
    await watched.check();

    watched.answered();

    expect(watched.state).toMatchObject({ status: 'healthy', consecutiveFailures: 0, lastError: null });
    expect(changes).toEqual(['unhealthy', 'healthy']);
  });

  it('tells the endpoint’s breaker of each ping', async () => {
    const { watched, endpoint } = watch(refuse, succeed);

    await watched.check();
    expect(endpoint.health.isSuspect).toBe(true);
    jest.advanceTimersByTime(MEMORY_MS);
    await watched.check();
    expect(endpoint.health.isSuspect).toBe(false);
  });

  describe('tells the endpoint’s open breaker', () => {
    const refusal = (status: number) => (): Promise<void> =>
      Promise.reject(new UpstreamError('No.', { provider: 'ollama', kind: 'refused', status }));
    const unreadable = (): Promise<void> =>
      Promise.reject(new UpstreamError('No.', { provider: 'ollama', kind: 'bad_response' }));

    it.each<[string, () => Promise<void>, string]>([
      ['of an endpoint that refuses what a ping asks: it is back', refusal(404), 'half_open'],
      ['of one that does not take the gateway’s key: it is back', refusal(401), 'half_open'],
      ['of one that is broken', refusal(500), 'open'],
      ['of one that cannot be reached', refuse, 'open'],
      ['nothing of an answer that cannot be read', unreadable, 'half_open'],
    ])('%s', async (_what, ping, state) => {
      const { watched, endpoint } = watch(succeed, ping);
      await watched.check();
      openBreaker(endpoint);
      jest.advanceTimersByTime(PLAIN_POLICY.breaker.openMs);
      await watched.check();
      expect(watched.state.status).toBe('unhealthy');
      expect(endpoint.breaker.state).toBe(state);
    });
  });

  it('is unhealthy at once when the breaker opens', async () => {
    const { watched, endpoint } = watch(succeed);
    await watched.check();

    openBreaker(endpoint);
    watched.broke('ollama broke the stream.');

    expect(watched.state).toMatchObject({ status: 'unhealthy', lastError: 'ollama broke the stream.' });
  });
});
