import type { ProviderPolicy } from '../../config/configuration.js';
import type { CandidateUnavailableError } from '../attempts/candidate-unavailable-error.js';
import type { Host, HostRequest } from './host.js';
import { rankHosts } from './rank-hosts.js';
import type { RetryBudget } from '../attempts/retry-budget.js';

export interface ProviderPoolOptions {
  name: string;
  /** Never empty. */
  hosts: readonly Host[];
  policy: ProviderPolicy;
  retryBudget: RetryBudget;
}

/** The servers behind one provider's name, and what they share. */
export class ProviderPool {
  readonly name: string;
  readonly hosts: readonly Host[];
  readonly policy: ProviderPolicy;
  readonly retryBudget: RetryBudget;
  private turn = 0;

  constructor({ name, hosts, policy, retryBudget }: ProviderPoolOptions) {
    this.name = name;
    this.hosts = hosts;
    this.policy = policy;
    this.retryBudget = retryBudget;
    if (hosts.length > 1) for (const host of hosts) host.onRoom = () => this.callTo(host);
  }

  /** Who waits at a busy server goes on to this one, which has a place. */
  private callTo(free: Host): void {
    if (free.isSuspect) return;
    for (const busy of this.hosts) {
      const canGo = ({ model, caller }: HostRequest): boolean =>
        free.unavailability(model, caller) === undefined && (!free.lacks(model) || busy.lacks(model));
      if (busy !== free && busy.queue.callAway(canGo)) return;
    }
  }

  /** A request has its servers on its route, up to `release`. */
  hold(): void {
    for (const host of this.hosts) host.hold();
  }

  release(): void {
    for (const host of this.hosts) host.release();
  }

  /** The best server for the model that is not in `tried` and may be asked by the caller now. */
  next(model: string, caller: string, tried: readonly Host[]): Host | undefined {
    this.turn += 1;
    for (const host of rankHosts(this.hosts, model, this.turn)) {
      if (!tried.includes(host) && host.unavailability(model, caller) === undefined) return host;
    }
    return undefined;
  }

  /** Why none of them may be asked for the model: what ends first. Undefined: one may. No caller: as `Host.unavailability`. */
  unavailability(model: string, caller?: string): CandidateUnavailableError | undefined {
    const reasons = this.hosts.map((host) => host.unavailability(model, caller));
    if (reasons.includes(undefined)) return undefined;
    return reasons.reduce((one, other) => ((one?.retryAfterMs ?? 0) <= (other?.retryAfterMs ?? 0) ? one : other));
  }

  /** The most tokens that the model takes at any of them; undefined where one of them does not know. */
  contextLengthOf(model: string): number | undefined {
    const lengths = this.hosts.map(({ provider }) => provider.contextLengthOf?.(model));
    return lengths.includes(undefined) ? undefined : Math.max(...lengths.map(Number));
  }
}
