import type { ModelPlacement } from '@mana-llm/llm-providers';
import type { Endpoint } from './endpoint.js';
import type { EndpointRequest } from './endpoint-attempt.js';
import type { ProviderPolicy } from '../../config/configuration.js';
import type { CandidateUnavailableError } from './unavailability.js';

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

const WINDOW_SECONDS = 10;
const RETRY_SHARE = 0.1;
/** Without these a gateway with few requests could never retry. */
const FREE_RETRIES = 3;

interface Bucket {
  second: number;
  requests: number;
  retries: number;
}

/** Keeps retries from multiplying the load of a provider that is in trouble. */
export interface RetryBudget {
  /** A request's first try. */
  requestSent(): void;
  /** True, and counted, while there is something left of the budget. */
  takeRetry(): boolean;
}

/** Retries are a tenth of the requests of the last 10 s, at most. */
export class MemoryRetryBudget implements RetryBudget {
  /** One for each second of the window with a request, the oldest first. */
  private buckets: Bucket[] = [];

  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  requestSent(): void {
    this.current().requests += 1;
  }

  takeRetry(): boolean {
    const current = this.current();
    const requests = this.buckets.reduce((sum, bucket) => sum + bucket.requests, 0);
    const retries = this.buckets.reduce((sum, bucket) => sum + bucket.retries, 0);
    if (retries >= FREE_RETRIES && retries + 1 > requests * RETRY_SHARE) return false;
    current.retries += 1;
    return true;
  }

  private current(): Bucket {
    const second = Math.floor(this.nowMs() / 1000);
    const newest = this.buckets.at(-1);
    if (newest?.second === second) return newest;
    const current = { second, requests: 0, retries: 0 };
    this.buckets = [...this.buckets.filter((bucket) => bucket.second > second - WINDOW_SECONDS), current];
    return current;
  }
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
