import type { LlmProvider } from '@mana-llm/llm-providers';

/** One way to serve a request: a model at a provider. */
export interface Candidate {
  /** `provider/model`, as answers and metrics name it. */
  name: string;
  /** The provider's own name for the model. */
  model: string;
  provider: LlmProvider;
}

/** An entry of a chain that cannot be tried: its provider has no key. */
export interface UnconfiguredCandidate {
  name: string;
  keyVariable: string;
}

export interface Route {
  /** The alias that was asked for, where it was one. */
  alias?: string;
  /** In the order in which they are tried. Never empty. */
  candidates: (Candidate | UnconfiguredCandidate)[];
}

export function isUnconfigured(candidate: Candidate | UnconfiguredCandidate): candidate is UnconfiguredCandidate {
  return 'keyVariable' in candidate;
}
