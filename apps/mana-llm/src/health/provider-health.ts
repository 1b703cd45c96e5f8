import { ProviderRegistry } from '@mana-llm/llm-providers';
import { Injectable, Logger } from '@nestjs/common';
import { GatewayMetrics } from '../metrics/gateway-metrics.js';
import { CallOutcomes } from '../routing/call-outcomes.js';
import type { ProviderState } from './provider-state.js';
import { WatchedProvider } from './watched-provider.js';

export type ProviderStates = Record<string, Readonly<ProviderState>>;

/** Which providers work, as pings and real requests have shown. */
@Injectable()
export class ProviderHealth {
  private readonly logger = new Logger(ProviderHealth.name);
  private readonly watched: ReadonlyMap<string, WatchedProvider>;

  constructor(
    registry: ProviderRegistry,
    private readonly metrics: GatewayMetrics,
    outcomes: CallOutcomes,
  ) {
    this.watched = new Map(
      registry
        .all()
        .map((provider) => [
          provider.name,
          new WatchedProvider(provider, (state) => this.reportChange(provider.name, state)),
        ]),
    );
    outcomes.outcomes$.subscribe(({ provider, failure }) => {
      if (failure === undefined) this.recordSuccess(provider);
      else this.recordFailure(provider, failure);
    });
  }

  /** The remembered states; nobody is asked. */
  states(): ProviderStates {
    return Object.fromEntries([...this.watched].map(([name, { state }]) => [name, state]));
  }

  /** All states, the stale ones asked for anew, all at the same time. */
  async check(): Promise<ProviderStates> {
    await Promise.all([...this.watched.values()].map((provider) => provider.check()));
    return this.states();
  }

  /** True as soon as one provider has shown that it works: a slow or dead one does not hold up the answer. */
  async isAnyHealthy(): Promise<boolean> {
    const checks = [...this.watched.values()].map(async (provider) => {
      const { status, lastError } = await provider.check();
      if (status !== 'healthy') {
        throw new Error(lastError ?? status);
      }
    });
    return Promise.any(checks).then(
      () => true,
      () => false,
    );
  }

  /** A real request was answered by the provider. */
  recordSuccess(name: string): void {
    this.watched.get(name)?.recordSuccess();
  }

  /** A real request failed by the provider's fault, not the caller's. `message` is shown to operators: no addresses, no keys. */
  recordFailure(name: string, message: string): void {
    this.watched.get(name)?.recordFailure(message);
  }

  private reportChange(name: string, { status, lastError }: Readonly<ProviderState>): void {
    const healthy = status === 'healthy';
    this.metrics.providerHealthy({ provider: name, healthy });
    if (healthy) {
      this.logger.log(`${name} answers`);
    } else {
      this.logger.warn(`${name} is unhealthy: ${lastError}`);
    }
  }
}
