import { type LlmProvider, ProviderRegistry, subscribeGuarded } from '@mana-llm/llm-providers';
import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { BehaviorSubject, type Observable, type Subscription } from 'rxjs';
import type { Alias, Configuration, ProviderPolicy } from '../config/configuration.js';
import { MemoryRetryBudget, ProviderPool } from './endpoints/provider-pool.js';
import { ConfigurationSource } from '../config/configuration-source.js';
import { providersConfig, routingConfig } from '../config/load-configuration.js';
import { EndpointEvents } from './endpoints/endpoint-events.js';
import { Endpoint } from './endpoints/endpoint.js';

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

/** How often the table looks whether the connections of an endpoint that is not used any more can be closed. */
const LINGER_MS = 30_000;

/** Holds the snapshot in use and puts another one in its place, all at once, when the configuration has changed. */
@Injectable()
export class RoutingTable implements OnModuleDestroy {
  private readonly logger = new Logger(RoutingTable.name);
  /** By their keys, which no reload changes. */
  private readonly endpoints = new Map<string, Endpoint>();
  private readonly leaving = new Set<Endpoint>();
  private readonly snapshots: BehaviorSubject<RoutingSnapshot>;
  private readonly reloads: Subscription;

  constructor(
    private readonly registry: ProviderRegistry,
    private readonly events: EndpointEvents,
    source: ConfigurationSource,
    @Inject(routingConfig.KEY) routing: ConfigType<typeof routingConfig>,
    @Inject(providersConfig.KEY) providers: ConfigType<typeof providersConfig>,
  ) {
    this.snapshots = new BehaviorSubject(this.toSnapshot({ routing, providers }));
    for (const endpoint of this.allEndpoints()) this.events.named(endpoint);
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

  /** Every endpoint in use. */
  allEndpoints(): Endpoint[] {
    return [...this.current.pools.values()].flatMap(({ endpoints }) => endpoints);
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
      const before = this.allEndpoints();
      for (const endpoint of before) this.events.unnamed(endpoint);
      this.snapshots.next(this.toSnapshot(configuration));
      for (const endpoint of before) if (unused.includes(endpoint.provider)) this.release(endpoint);
      for (const endpoint of this.allEndpoints()) this.events.named(endpoint);
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
    const providers = this.registry.endpointsOf(name);
    const idOf = (index: number): string => (providers.length === 1 ? name : `${name}#${index + 1}`);
    const endpoints = providers.map((provider, index) => this.endpointOf(provider, idOf(index), policy));
    const retryBudget = this.snapshots?.value.pools.get(name.toLowerCase())?.retryBudget ?? new MemoryRetryBudget();
    return new ProviderPool({ name, endpoints, policy, retryBudget });
  }

  /** An endpoint that stays keeps what is known of it. */
  private endpointOf(provider: LlmProvider, id: string, policy: ProviderPolicy): Endpoint {
    const key = this.registry.keyOf(provider) ?? id;
    const known = this.endpoints.get(key);
    // Other settings at the same address make another provider: what was said with the old key or headers does not hold for it.
    if (known?.provider === provider) {
      known.configure(id, policy);
      return known;
    }
    const endpoint = new Endpoint(provider, { id, key, policy, observer: this.events });
    this.endpoints.set(key, endpoint);
    return endpoint;
  }

  /** An endpoint that is in no snapshot any more stays open while a request may still come to it. */
  private release(endpoint: Endpoint): void {
    const { key, provider } = endpoint;
    if (this.endpoints.get(key) === endpoint) this.endpoints.delete(key);
    this.events.gone(endpoint);
    this.leaving.add(endpoint);
    const timer = setInterval(() => {
      if (!endpoint.isIdle && this.leaving.has(endpoint)) return;
      clearInterval(timer);
      if (this.leaving.delete(endpoint)) provider.close?.().catch((error: unknown) => this.logger.error(error));
    }, LINGER_MS).unref();
  }
}
