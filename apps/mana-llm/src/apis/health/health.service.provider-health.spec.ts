import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import { poolOf, snapshotOf } from '../../../test/support/routing-parts.js';
import type { AnswerStore } from '../../cache/store/answer-store.js';
import type { ConfigurationSource } from '../../config/configuration-source.js';
import type { RoutingTable } from '../../routing/routing-table.js';
import type { ProviderHealth, ProviderStates } from '../../routing/endpoints/provider-health.js';
import { ProviderHealthService } from './health.service.js';
import { UNKNOWN_STATE } from '../../routing/endpoints/endpoint-health.js';

describe(ProviderHealthService.name, () => {
  const pools = ['Groq', 'ollama'].map((name) => poolOf([new FakeLlmProvider(name)]));
  const table = { current: snapshotOf({ pools: new Map(pools.map((pool) => [pool.name.toLowerCase(), pool])) }) };
  const status = { loadedAtMs: 1_000, error: 'one mistake', mistaken: ['default'], failedAtMs: 2_000 };

  const report = (states: ProviderStates) =>
    new ProviderHealthService(
      table as RoutingTable,
      { check: async () => states, endpointState: () => UNKNOWN_STATE } as unknown as ProviderHealth,
      { status } as unknown as ConfigurationSource,
      { status: () => ({ status: 'absent' }) } as unknown as AnswerStore,
    ).report();

  it('tells of each provider under its own name, and of a configuration that is not in use', async () => {
    const {
      status: overall,
      providers,
      configuration,
    } = await report({
      Groq: { ...UNKNOWN_STATE, status: 'healthy' },
      ollama: UNKNOWN_STATE,
    });
    expect(overall).toBe('healthy');
    expect(Object.entries(providers).map(([name, entry]) => [name, entry.status, Object.keys(entry.hosts)])).toEqual([
      ['Groq', 'healthy', ['Groq']],
      ['ollama', 'unknown', ['ollama']],
    ]);
    expect(configuration).toMatchObject({ loaded_unix: 1, error: expect.stringContaining('default'), failed_unix: 2 });
  });

  it('leaves out a provider that has come while the others were asked', async () => {
    expect(Object.keys((await report({ ollama: UNKNOWN_STATE })).providers)).toEqual(['ollama']);
  });
});
