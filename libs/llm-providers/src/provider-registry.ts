import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { createProvider } from './create-provider.js';
import type { LlmProvider } from './llm-provider.js';
import { LLM_PROVIDERS_OPTIONS, type LlmProvidersOptions } from './llm-providers.options.js';
import type { ProviderSettings } from './provider-settings.js';

interface Server {
  settings: ProviderSettings;
  provider: LlmProvider;
}

/** Takes the first server with these settings out of `servers`. */
function takeEqual(servers: Server[], settings: ProviderSettings): Server | undefined {
  const index = servers.findIndex((server) => isDeepStrictEqual(server.settings, settings));
  return index === -1 ? undefined : servers.splice(index, 1)[0];
}

function byName(servers: readonly Server[]): Map<string, LlmProvider[]> {
  const hosts = new Map<string, LlmProvider[]>();
  for (const { provider } of servers) {
    const key = provider.name.toLowerCase();
    hosts.set(key, [...(hosts.get(key) ?? []), provider]);
  }
  return hosts;
}

/** The configured providers by name, each with its servers. Names are matched without regard to case. */
@Injectable()
export class ProviderRegistry implements OnModuleDestroy {
  private servers: readonly Server[] = [];
  private hosts: ReadonlyMap<string, readonly LlmProvider[]> = new Map();

  constructor(@Inject(LLM_PROVIDERS_OPTIONS) options: LlmProvidersOptions) {
    this.replace(options.providers);
  }

  /** The servers behind a provider's name, in the order of the configuration; empty: no such provider. Matched without regard to case. */
  hostsOf(name: string): readonly LlmProvider[] {
    return this.hosts.get(name.toLowerCase()) ?? [];
  }

  /** All of them, provider after provider. */
  all(): LlmProvider[] {
    return [...this.hosts.values()].flat();
  }

  /** The providers' names, once each, in order. */
  names(): string[] {
    return [...this.hosts.values()].flatMap((hosts) => hosts.slice(0, 1)).map(({ name }) => name);
  }

  /**
   * Takes over new settings: servers whose settings are deeply equal stay as they are (same objects, connections kept), others
   * are made. Returns those that nobody needs any more; closing them is the caller's. Nothing changes if making one throws.
   */
  replace(settings: ProviderSettings[]): LlmProvider[] {
    const left = [...this.servers];
    const servers = settings.map(
      (wanted) => takeEqual(left, wanted) ?? { settings: wanted, provider: createProvider(wanted) },
    );
    this.servers = servers;
    this.hosts = byName(servers);
    return left.map(({ provider }) => provider);
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.all().map((provider) => provider.close?.()));
  }
}
