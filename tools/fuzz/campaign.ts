import type { Arbitrary } from 'fast-check';
import type { ScriptedUpstream } from './scripted-upstream.js';
import type { Answered, GatewayOptions, Target } from './target.js';

/** What is put to a gateway again and again, each time mutated in another way. */
export interface Campaign<T> {
  name: 'requests' | 'answers';
  input: Arbitrary<T>;
  gatewayFor: (upstream: ScriptedUpstream) => GatewayOptions;
  /** Resolves once the case is answered. `came` throws for an answer that no client may get; else it says what came. */
  put: (input: T, target: Target) => Promise<Answered>;
  describe: (input: T) => string;
}
