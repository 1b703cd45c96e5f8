import { type LlmProvider, ProviderRegistry, subscribeGuarded } from '@mana-llm/llm-providers';
import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { BehaviorSubject, type Observable, type Subscription } from 'rxjs';
import type { Configuration, ProviderPolicy } from '../config/configuration.js';
import { ConfigurationSource } from '../config/configuration-source.js';
import { providersConfig } from '../config/providers.config.js';
import { routingConfig } from '../config/routing.config.js';
import { HostEvents } from './endpoints/host-events.js';
import { Host } from './endpoints/host.js';
import { ProviderPool } from './endpoints/provider-pool.js';
import { RetryBudget } from './attempts/retry-budget.js';
import type { RoutingSnapshot } from './routing-snapshot.js';

/** How often a server that is used no more is looked at, whether its connections can be closed. */
const LINGER_MS = 30_000;

/** Holds the snapshot in use and puts another one in its place, all at once, when the configuration has changed. */
@Injectable()
export class RoutingTable implements OnModuleDestroy {
  private readonly logger = new Logger(RoutingTable.name);
  private readonly hosts = new Map<LlmProvider, Host>();
  private readonly leaving = new Set<Host>();
  private readonly snapshots: BehaviorSubject<RoutingSnapshot>;
  private readonly reloads: Subscription;

  constructor(
    private readonly registry: ProviderRegistry,
    private readonly events: HostEvents,
    source: ConfigurationSource,
    @Inject(routingConfig.KEY) routing: ConfigType<typeof routingConfig>,
    @Inject(providersConfig.KEY) providers: ConfigType<typeof providersConfig>,
  ) {
    this.snapshots = new BehaviorSubject(this.toSnapshot({ routing, providers }));
    for (const host of this.allHosts()) this.events.named(host);
    this.reloads = subscribeGuarded(source.changes$, {
      next: (configuration) => this.replace(configuration),
      error: (error) => this.logger.error(error),
    });
  }

  get current(): RoutingSnapshot {
    return this.snapshots.value;
  }

  /** The current snapshot, and each that takes its place. */
  get current$(): Observable<RoutingSnapshot> {
    return this.snapshots.asObservable();
  }

  /** Every server in use. */
  allHosts(): Host[] {
    return [...this.current.pools.values()].flatMap(({ hosts }) => hosts);
  }

  async onModuleDestroy(): Promise<void> {
    this.reloads.unsubscribe();
    const leaving = [...this.leaving];
    this.leaving.clear();
    await Promise.all(leaving.map(({ provider }) => provider.close?.()));
  }

  private replace(configuration: Configuration): void {
    try {
      const unused = this.registry.replace(configuration.providers.settings);
      // All of them first: one may have the name of another afterwards.
      for (const host of this.allHosts()) this.events.unnamed(host);
      this.snapshots.next(this.toSnapshot(configuration));
      for (const provider of unused) this.letGo(provider);
      for (const host of this.allHosts()) this.events.named(host);
    } catch (error) {
      // Thrown out of a subscriber, it would end the subscription: later reloads would not be heard.
      this.logger.error(error);
    }
  }

  private toSnapshot({ routing, providers }: Pick<Configuration, 'routing' | 'providers'>): RoutingSnapshot {
    const policies = new Map(routing.policies.map((policy) => [policy.provider, policy]));
    const pools = this.registry.names().map((name) => {
      const policy = policies.get(name);
      if (policy === undefined) throw new Error(`${name} has no policy`);
      return [name.toLowerCase(), this.toPool(name, policy)] as const;
    });
    return {
      aliases: new Map(routing.aliases.map((alias) => [alias.name, alias])),
      defaultModel: routing.defaultModel,
      pools: new Map(pools),
      keyVariables: new Map(providers.unconfigured.map(({ name, keyVariable }) => [name, keyVariable])),
    };
  }

  private toPool(name: string, policy: ProviderPolicy): ProviderPool {
    const servers = this.registry.hostsOf(name);
    const idOf = (index: number): string => (servers.length === 1 ? name : `${name}#${index + 1}`);
    const hosts = servers.map((provider, index) => this.hostOf(provider, idOf(index), policy));
    const retryBudget = this.snapshots?.value.pools.get(name.toLowerCase())?.retryBudget ?? new RetryBudget();
    return new ProviderPool({ name, hosts, policy, retryBudget });
  }

  /** A server that stays keeps what is known of it. */
  private hostOf(provider: LlmProvider, id: string, policy: ProviderPolicy): Host {
    const known = this.hosts.get(provider);
    if (known !== undefined) {
      known.configure(id, policy);
      return known;
    }
    const host = new Host(provider, { id, policy, observer: this.events });
    this.hosts.set(provider, host);
    return host;
  }

  /** A server that is in no snapshot any more goes on while somebody may come to it, those included who are just setting out. */
  private letGo(provider: LlmProvider): void {
    const host = this.hosts.get(provider);
    this.hosts.delete(provider);
    if (host === undefined) return;
    this.events.gone(host);
    this.leaving.add(host);
    const timer = setInterval(() => {
      if (!host.isIdle && this.leaving.has(host)) return;
      clearInterval(timer);
      if (this.leaving.delete(host)) provider.close?.().catch((error: unknown) => this.logger.error(error));
    }, LINGER_MS).unref();
  }
}
