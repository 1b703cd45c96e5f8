import type { ModelPlacement } from '@mana-llm/llm-providers';
import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import { hostOf } from '../../../test/support/routing-parts.js';
import type { Host } from './host.js';
import { rankHosts } from './rank-hosts.js';

const MODEL = 'gemma3:4b';

function host(id: string, placement: ModelPlacement = 'unknown', concurrent = 2): Host {
  const provider = new FakeLlmProvider('ollama', { placementOf: () => placement });
  return hostOf(provider, { policy: { concurrent } }, id);
}

async function occupy(server: Host, places: number): Promise<void> {
  for (let place = 0; place < places; place += 1) {
    await server.enter({ model: MODEL, caller: 'x', isLowPriority: false, signal: new AbortController().signal });
  }
}

const ids = (hosts: readonly Host[]): string => hosts.map(({ id }) => id).join(' ');

describe(rankHosts.name, () => {
  it('prefers a server that has the model in memory, then one that has it on disk, then one that does not say', () => {
    const hosts = [host('absent', 'absent'), host('unknown'), host('disk', 'on_disk'), host('loaded', 'loaded')];
    expect(ids(rankHosts(hosts, MODEL))).toBe('loaded disk unknown absent');
  });

  it('prefers the least busy among equals', async () => {
    const [busy, idle] = [host('busy', 'loaded', 4), host('idle', 'loaded', 4)];
    await occupy(busy, 1);
    expect(ids(rankHosts([busy, idle], MODEL))).toBe('idle busy');
  });

  it('prefers a free place to a model in memory', async () => {
    const [full, free] = [host('full', 'loaded'), host('free', 'on_disk')];
    await occupy(full, 2);
    expect(ids(rankHosts([full, free], MODEL))).toBe('free full');
  });

  it('puts one that failed last behind all others, until it answers again', () => {
    const [failed, fine] = [host('failed', 'loaded'), host('fine', 'absent')];
    failed.broke('No.');
    expect(ids(rankHosts([failed, fine], MODEL))).toBe('fine failed');
    failed.pingSucceeded();
    expect(ids(rankHosts([failed, fine], MODEL))).toBe('failed fine');
  });

  it('prefers a busy server to one that has no such model', async () => {
    const [full, lacking] = [host('full', 'on_disk'), host('lacking', 'absent')];
    await occupy(full, 2);
    expect(ids(rankHosts([lacking, full], MODEL))).toBe('full lacking');
  });

  it('gives equals their turns', () => {
    const hosts = [host('a'), host('b'), host('c')];
    expect([0, 1, 2, 3].map((turn) => ids(rankHosts(hosts, MODEL, turn)))).toEqual([
      'a b c',
      'b c a',
      'c a b',
      'a b c',
    ]);
  });
});
