import type { ModelPlacement } from '@mana-llm/llm-providers';
import type { Endpoint } from './endpoint.js';
import type { EndpointRequest } from './endpoint-attempt.js';
import type { ProviderPolicy } from '../../config/configuration.js';
import type { CandidateUnavailableError } from '../attempts/candidate-unavailable-error.js';
import type { RetryBudget } from '../attempts/retries.js';

const PLACEMENT_RANK: Readonly<Record<ModelPlacement, number>> = { loaded: 0, on_disk: 1, unknown: 2, absent: 3 };

interface Rank {
  endpoint: Endpoint;
  /** Smaller is better, the first that differs decides. */
  keys: readonly number[];
}

function rankOf(endpoint: Endpoint, model: string): Rank {
  const { queue, provider, health } = endpoint;
  const placement = provider.placementOf?.(model) ?? 'unknown';
  const load = queue.running + queue.waiting;
  return {
    endpoint,
    keys: [
      Number(health.isSuspect),
      Number(endpoint.lacks(model)),
      Number(!queue.hasRoom),
      PLACEMENT_RANK[placement],
      load,
    ],
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
 * The endpoints in the order in which a request for the model should try them: those that work and have the model, with a free place,
 * with the model in memory, then on disk, then the least busy. Equals come in turns, so that none of them gets everything.
 */
export function rankEndpoints(endpoints: readonly Endpoint[], model: string, turn = 0): readonly Endpoint[] {
  if (endpoints.length < 2) return endpoints;
  const start = turn % endpoints.length;
  return [...endpoints.slice(start), ...endpoints.slice(0, start)]
    .map((endpoint) => rankOf(endpoint, model))
    .sort(compare)
    .map(({ endpoint }) => endpoint);
}

export interface ProviderPoolOptions {
  name: string;
  /** Never empty. */
  endpoints: readonly Endpoint[];
  policy: ProviderPolicy;
  retryBudget: RetryBudget;
}

/** The endpoints behind one provider's name, and what they share. */
export class ProviderPool {
  readonly name: string;
  readonly endpoints: readonly Endpoint[];
  readonly policy: ProviderPolicy;
  readonly retryBudget: RetryBudget;
  private turn = 0;

  constructor({ name, endpoints, policy, retryBudget }: ProviderPoolOptions) {
    this.name = name;
    this.endpoints = endpoints;
    this.policy = policy;
    this.retryBudget = retryBudget;
    if (endpoints.length > 1) for (const endpoint of endpoints) endpoint.onRoom = () => this.callTo(endpoint);
  }

  /** Who waits at a busy endpoint goes on to this one, which has a place. */
  private callTo(free: Endpoint): void {
    if (free.health.isSuspect) return;
    for (const busy of this.endpoints) {
      const canGo = ({ model, caller }: EndpointRequest): boolean =>
        free.unavailability(model, caller) === undefined && (!free.lacks(model) || busy.lacks(model));
      if (busy !== free && busy.queue.moveNextWaiter(canGo)) return;
    }
  }

  /** A request has its endpoints on its route, up to `release`. */
  hold(): void {
    for (const endpoint of this.endpoints) endpoint.hold();
  }

  release(): void {
    for (const endpoint of this.endpoints) endpoint.release();
  }

  /** The best endpoint for the model that is not in `tried` and may be asked by the caller now. */
  next(model: string, caller: string, tried: readonly Endpoint[]): Endpoint | undefined {
    this.turn += 1;
    for (const endpoint of rankEndpoints(this.endpoints, model, this.turn)) {
      if (!tried.includes(endpoint) && endpoint.unavailability(model, caller) === undefined) return endpoint;
    }
    return undefined;
  }

  /** Why none of them may be asked for the model: what ends first. Undefined: one may. No caller: as `Endpoint.unavailability`. */
  unavailability(model: string, caller?: string): CandidateUnavailableError | undefined {
    const reasons = this.endpoints.map((endpoint) => endpoint.unavailability(model, caller));
    if (reasons.includes(undefined)) return undefined;
    return reasons.reduce((one, other) => ((one?.retryAfterMs ?? 0) <= (other?.retryAfterMs ?? 0) ? one : other));
  }

  /** The most tokens that the model takes at any of them; undefined where one of them does not know. */
  contextLengthOf(model: string): number | undefined {
    const lengths = this.endpoints.map(({ provider }) => provider.contextLengthOf?.(model));
    return lengths.includes(undefined) ? undefined : Math.max(...lengths.map(Number));
  }
}
