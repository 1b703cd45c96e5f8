import type { ModelPlacement } from '@mana-llm/llm-providers';
import type { Host } from './host.js';

const PLACEMENT_RANK: Readonly<Record<ModelPlacement, number>> = { loaded: 0, on_disk: 1, unknown: 2, absent: 3 };

interface Rank {
  host: Host;
  /** Smaller is better, the first that differs decides. */
  keys: readonly number[];
}

function rankOf(host: Host, model: string): Rank {
  const { queue, provider, isSuspect } = host;
  const placement = provider.placementOf?.(model) ?? 'unknown';
  const load = queue.running + queue.waiting;
  return {
    host,
    keys: [Number(isSuspect), Number(host.lacks(model)), Number(!queue.hasRoom), PLACEMENT_RANK[placement], load],
  };
}

function compare(one: Rank, other: Rank): number {
  for (const [index, key] of one.keys.entries()) {
    const difference = key - (other.keys[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * The servers in the order in which a request for the model should try them: those that work and have the model, with a free place,
 * with the model in memory, then on disk, then the least busy. Equals come in turns, so that none of them gets everything.
 */
export function rankHosts(hosts: readonly Host[], model: string, turn = 0): readonly Host[] {
  if (hosts.length < 2) return hosts;
  const start = turn % hosts.length;
  return [...hosts.slice(start), ...hosts.slice(0, start)]
    .map((host) => rankOf(host, model))
    .sort(compare)
    .map(({ host }) => host);
}
