import type { ModelPlacement } from '@mana-llm/llm-providers';
import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import { endpointOf } from '../../../test/support/routing-parts.js';
import type { Endpoint } from './endpoint.js';
import { rankEndpoints } from './provider-pool.js';

const MODEL = 'gemma3:4b';

function endpoint(id: string, placement: ModelPlacement = 'unknown', concurrent = 2): Endpoint {
  const provider = new FakeLlmProvider('ollama', { placementOf: () => placement });
  return endpointOf(provider, { policy: { concurrent } }, id);
}

async function occupy(endpoint: Endpoint, places: number): Promise<void> {
  for (let place = 0; place < places; place += 1) {
    await endpoint.enter({ model: MODEL, caller: 'x', isLowPriority: false, signal: new AbortController().signal });
  }
}

const ids = (endpoints: readonly Endpoint[]): string => endpoints.map(({ id }) => id).join(' ');

describe(rankEndpoints.name, () => {
  it('prefers an endpoint that has the model in memory, then one that has it on disk, then one that does not say', () => {
    const endpoints = [
      endpoint('absent', 'absent'),
      endpoint('unknown'),
      endpoint('disk', 'on_disk'),
      endpoint('loaded', 'loaded'),
    ];
    expect(ids(rankEndpoints(endpoints, MODEL))).toBe('loaded disk unknown absent');
  });

  it('prefers the least busy among equals', async () => {
    const [busy, idle] = [endpoint('busy', 'loaded', 4), endpoint('idle', 'loaded', 4)];
    await occupy(busy, 1);
    expect(ids(rankEndpoints([busy, idle], MODEL))).toBe('idle busy');
  });

  it('prefers a free place to a model in memory', async () => {
    const [full, free] = [endpoint('full', 'loaded'), endpoint('free', 'on_disk')];
    await occupy(full, 2);
    expect(ids(rankEndpoints([full, free], MODEL))).toBe('free full');
  });

  it('puts one that failed last behind all others, until it answers again', () => {
    const [failed, fine] = [endpoint('failed', 'loaded'), endpoint('fine', 'absent')];
    failed.health.broke('No.');
    expect(ids(rankEndpoints([failed, fine], MODEL))).toBe('fine failed');
    failed.health.pingSucceeded();
    expect(ids(rankEndpoints([failed, fine], MODEL))).toBe('failed fine');
  });

  it('prefers a busy endpoint to one that has no such model', async () => {
    const [full, lacking] = [endpoint('full', 'on_disk'), endpoint('lacking', 'absent')];
    await occupy(full, 2);
    expect(ids(rankEndpoints([lacking, full], MODEL))).toBe('full lacking');
  });

  it('gives equals their turns', () => {
    const endpoints = [endpoint('a'), endpoint('b'), endpoint('c')];
    expect([0, 1, 2, 3].map((turn) => ids(rankEndpoints(endpoints, MODEL, turn)))).toEqual([
      'a b c',
      'b c a',
      'c a b',
      'a b c',
    ]);
  });
});
