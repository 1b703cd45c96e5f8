import { overallStatus, toHealthReport } from './health-report.js';
import { type ProviderState, UNKNOWN_STATE } from '../../routing/endpoints/endpoint-health.js';

const HEALTHY: ProviderState = {
  ...UNKNOWN_STATE,
  status: 'healthy',
  latencyMs: 3.2,
  lastCheckAtMs: 1_754_000_000_900,
};
const UNHEALTHY: ProviderState = {
  ...UNKNOWN_STATE,
  status: 'unhealthy',
  consecutiveFailures: 2,
  lastError: 'groq refused the connection.',
  lastCheckAtMs: 1_754_000_000_900,
  unhealthyUntilMs: 1_754_000_005_900,
};

const ABSENT: ProviderState = { ...UNHEALTHY, status: 'absent' };

describe(overallStatus.name, () => {
  it.each([
    ['healthy', [HEALTHY]],
    ['healthy', [HEALTHY, UNKNOWN_STATE]],
    ['healthy', [HEALTHY, ABSENT]],
    ['unhealthy', [ABSENT, UNKNOWN_STATE]],
    ['degraded', [HEALTHY, UNHEALTHY]],
    ['unhealthy', [UNHEALTHY, UNHEALTHY]],
    ['unhealthy', [UNHEALTHY, UNKNOWN_STATE]],
    ['unhealthy', []],
  ])('is %s for case %#', (status, states) => {
    expect(overallStatus(Object.fromEntries(states.map((state, index) => [`p${index}`, state])))).toBe(status);
  });
});

describe(toHealthReport.name, () => {
  it('names service, version and every provider, with an error where one is unhealthy', () => {
    const recovering = { ...HEALTHY, consecutiveFailures: 1, lastError: 'one request failed' };

    expect(
      toHealthReport({ ollama: HEALTHY, groq: UNHEALTHY, xai: recovering }, '1.2.3', { status: 'absent' }),
    ).toEqual({
      status: 'degraded',
      service: 'mana-llm',
      version: '1.2.3',
      providers: {
        ollama: { status: 'healthy', latency_ms: 3.2 },
        groq: { status: 'unhealthy', latency_ms: null, error: 'groq refused the connection.' },
        xai: { status: 'healthy', latency_ms: 3.2 },
      },
      redis: { status: 'absent' },
    });
  });

  it.each([
    ['up', 'healthy'],
    ['absent', 'healthy'],
    ['degraded', 'degraded'],
  ] as const)('is, with Redis %s, %s', (status, overall) => {
    expect(toHealthReport({ ollama: HEALTHY }, '1.2.3', { status }).status).toBe(overall);
  });
});
