import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import { poolOf } from '../../../test/support/routing-parts.js';
import { toConfigurationReport, toProviderHealthEntry } from './health-report.js';
import { type ProviderState, UNKNOWN_STATE } from '../../routing/endpoints/endpoint-health.js';

const NOW_MS = 1_754_000_000_900;
const UNHEALTHY: ProviderState = {
  ...UNKNOWN_STATE,
  status: 'unhealthy',
  consecutiveFailures: 2,
  lastError: 'groq refused the connection.',
  lastCheckAtMs: NOW_MS,
  unhealthyUntilMs: NOW_MS + 5_000,
};

describe(toProviderHealthEntry.name, () => {
  const policy = { breaker: { failures: 1, openMs: 30_000 } };

  it('tells of the provider and of each of its endpoints, times in Unix seconds', async () => {
    const pool = poolOf([new FakeLlmProvider('groq'), new FakeLlmProvider('groq')], { policy, nowMs: () => NOW_MS });
    const [first, second] = pool.endpoints;
    for (const model of ['good', 'bad']) second?.breaker.enter(model, 'x').succeeded();
    second?.breaker.enter('bad', 'x').modelFailed({ hasAnswered: true });
    first?.breaker.enter('m', 'x').unreachable();
    first?.health.broke('groq refused the connection.');
    await second?.enter({ model: 'm', caller: 'x', isLowPriority: false, signal: new AbortController().signal });

    expect(toProviderHealthEntry(pool, UNHEALTHY)).toEqual({
      status: 'unhealthy',
      consecutive_failures: 2,
      last_error: 'groq refused the connection.',
      last_check_unix: 1_754_000_000,
      unhealthy_until_unix: 1_754_000_005,
      in_flight: 1,
      queued: 0,
      hosts: {
        'groq#1': {
          status: 'unhealthy',
          breaker: 'open',
          consecutive_failures: 1,
          last_error: 'groq refused the connection.',
          next_try_unix: 1_754_000_030,
          resting_models: [],
          in_flight: 0,
          queued: 0,
        },
        'groq#2': {
          status: 'unknown',
          breaker: 'closed',
          consecutive_failures: 0,
          last_error: null,
          next_try_unix: null,
          resting_models: [{ model: 'bad', next_try_unix: 1_754_000_030 }],
          in_flight: 1,
          queued: 0,
        },
      },
    });
  });

  it('tells of twenty models that rest, those first that began to rest first', () => {
    const pool = poolOf([new FakeLlmProvider('groq')], { policy, nowMs: () => NOW_MS });
    for (let model = 0; model < 30; model += 1)
      pool.endpoints[0]?.breaker.enter(`m${model}`, 'x').modelFailed({ hasAnswered: true });
    pool.endpoints[0]?.health.broke('No.');
    const { hosts } = toProviderHealthEntry(pool, UNKNOWN_STATE);
    expect(hosts['groq']).toMatchObject({ breaker: 'open', consecutive_failures: 1, next_try_unix: 1_754_000_030 });
    expect(hosts['groq']?.resting_models.map(({ model }) => model)).toEqual(
      Array.from({ length: 20 }, (_, n) => `m${n}`),
    );
  });

  it('has no times where there are none', () => {
    const pool = poolOf([new FakeLlmProvider('groq')]);
    expect(toProviderHealthEntry(pool, UNKNOWN_STATE)).toMatchObject({
      last_check_unix: null,
      unhealthy_until_unix: null,
    });
  });
});

describe(toConfigurationReport.name, () => {
  it('tells that the newest configuration is in use', () => {
    const status = { loadedAtMs: NOW_MS, error: null, mistaken: [], failedAtMs: null };
    expect(toConfigurationReport(status)).toEqual({ loaded_unix: 1_754_000_000, error: null, failed_unix: null });
  });

  it('tells where a newer one is wrong, and nothing of what stands there', () => {
    const error = 'providers.x.baseUrl: found "htp://gpu-box", timeouts.idleMs: found "x"';
    const mistaken = ['mana-llm.yaml: providers.x.baseUrl', 'mana-llm.yaml: timeouts.idleMs'];
    expect(toConfigurationReport({ loadedAtMs: NOW_MS, error, mistaken, failedAtMs: NOW_MS + 5_000 })).toEqual({
      loaded_unix: 1_754_000_000,
      error:
        'Mistakes at mana-llm.yaml: providers.x.baseUrl; mana-llm.yaml: timeouts.idleMs: the log tells what was found, and what is allowed.',
      failed_unix: 1_754_000_005,
    });
  });
});
