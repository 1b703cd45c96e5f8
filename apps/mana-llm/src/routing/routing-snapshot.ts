import type { Alias } from '../config/configuration.js';
import type { ProviderPool } from './endpoints/provider-pool.js';

/** Everything by which requests are routed, as one configuration has it. A running request keeps the one it began with. */
export interface RoutingSnapshot {
  aliases: ReadonlyMap<string, Alias>;
  /** What a request without a model gets: a model or an alias. */
  defaultModel: string;
  /** By provider name, in lower case, in the order of the configuration. */
  pools: ReadonlyMap<string, ProviderPool>;
  /** The variables that would put known providers to use, by their name. */
  keyVariables: ReadonlyMap<string, string>;
}
