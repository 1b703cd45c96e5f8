import type { Alias, ChainEntry } from '../config/configuration.js';
import type { ProviderPool } from './endpoints/provider-pool.js';

type Aliases = ReadonlyMap<string, Alias>;

/** The order in which the entries of a chain are tried. */
export type Draw = (chain: readonly ChainEntry[]) => readonly ChainEntry[];

export const asConfigured: Draw = (chain) => chain;

export interface Weighted {
  weight?: number;
}

/** The entries in an order drawn at random: each comes first as often as its share of the weights says. */
function shuffled<T extends Weighted>(entries: readonly T[], random: () => number): T[] {
  const left = [...entries];
  const drawn: T[] = [];
  while (left.length > 0) {
    let rest = random() * left.reduce((sum, { weight = 0 }) => sum + weight, 0);
    const index = left.findIndex(({ weight = 0 }) => (rest -= weight) < 0);
    drawn.push(...left.splice(Math.max(0, index), 1));
  }
  return drawn;
}

/**
 * A chain as one request tries it: neighbours with a weight change places among themselves, drawn by their weights; entries without
 * one stay where they are.
 */
export function drawByWeight<T extends Weighted>(chain: readonly T[], random: () => number = Math.random): T[] {
  const drawn: T[] = [];
  let equals: T[] = [];
  for (const entry of chain) {
    if (entry.weight !== undefined) {
      equals.push(entry);
      continue;
    }
    drawn.push(...shuffled(equals, random), entry);
    equals = [];
  }
  return [...drawn, ...shuffled(equals, random)];
}

/** The models behind a name, with every alias replaced by its chain; a name that is no alias stands for itself. */
export function modelsBehind(name: string, aliases: Aliases, draw: Draw): string[] {
  const alias = aliases.get(name);
  return alias === undefined ? [name] : draw(alias.chain).flatMap(({ model }) => modelsBehind(model, aliases, draw));
}

/** Such a chain is drawn anew for each request. */
export function hasWeights(name: string, aliases: Aliases): boolean {
  const chain = aliases.get(name)?.chain ?? [];
  return chain.some(({ model, weight }) => weight !== undefined || hasWeights(model, aliases));
}

/** One way to serve a request: a model at a provider. */
export interface Candidate {
  /** `provider/model`, as answers and chains name it. */
  name: string;
  /** The provider's own name for the model, as metrics name it beside the provider. */
  model: string;
  pool: ProviderPool;
}

/** An entry of a chain that cannot be tried: its provider has no key. */
export interface UnconfiguredCandidate {
  name: string;
  keyVariable: string;
}

/** Never changed: many requests share one. */
export interface Route {
  /** The alias that was asked for, where it was one. */
  alias?: string;
  /** Where one name was asked for, with no provider before it: the name, and the providers that it may be meant for. */
  bareName?: { name: string; others: readonly ProviderPool[] };
  /** In the order in which they are tried. Never empty. */
  candidates: readonly (Candidate | UnconfiguredCandidate)[];
  /** All that may answer, in the order of the configuration, whatever was drawn among equals: the same for equal requests. */
  names: readonly string[];
}

/** The longest that any of the candidates may take for an answer. */
export function longestAnswerMs({ candidates }: Pick<Route, 'candidates'>): number {
  const limits = candidates.map((candidate) => (isUnconfigured(candidate) ? 0 : candidate.pool.policy.totalMs));
  return Math.max(...limits);
}

export function isUnconfigured(candidate: Candidate | UnconfiguredCandidate): candidate is UnconfiguredCandidate {
  return 'keyVariable' in candidate;
}

/** Keeps the endpoints of a route open for a request that may come to each of them yet, until what it returns is called. */
export function holdRoute({ candidates }: Pick<Route, 'candidates'>): () => void {
  for (const candidate of candidates) if (!isUnconfigured(candidate)) candidate.pool.hold();
  return () => {
    for (const candidate of candidates) if (!isUnconfigured(candidate)) candidate.pool.release();
  };
}
