import { type ProviderState, type ProviderStatus, UNKNOWN_STATE } from './provider-state.js';

/** What the state of a whole provider is told by: the best that one of its servers can say. */
const PREFERENCE: readonly ProviderStatus[] = ['healthy', 'unknown', 'unhealthy', 'absent'];

/** The state of a provider from those of its servers: it works while one of them does. */
export function mergeStates(states: readonly Readonly<ProviderState>[]): Readonly<ProviderState> {
  for (const status of PREFERENCE) {
    const best = states.find((state) => state.status === status);
    if (best !== undefined) return best;
  }
  return UNKNOWN_STATE;
}
