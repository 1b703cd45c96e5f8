import type { ProviderPool } from './endpoints/provider-pool.js';

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
