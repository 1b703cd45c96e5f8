import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { ConfigurableModuleBuilder, Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { ProviderSettings } from './provider-settings.js';
import { EmbeddedProvider } from './embedded/embedded.provider.js';
import type { LlmProvider } from './llm-provider.js';
import { OllamaProvider } from './ollama/ollama.provider.js';
import { OpenAiCompatibleProvider } from './openai-compatible/openai-compatible.provider.js';

export interface LlmProvidersOptions {
  /** One for each server; several with the same name are one provider's. */
  providers: ProviderSettings[];
}

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: LLM_PROVIDERS_OPTIONS } =
  new ConfigurableModuleBuilder<LlmProvidersOptions>().setClassMethodName('forRoot').build();

/** The adapter for one entry of the configuration. */
export function createProvider(settings: ProviderSettings): LlmProvider {
  switch (settings.kind) {
    case 'openai-compatible':
      return new OpenAiCompatibleProvider(settings);
    case 'ollama':
      return new OllamaProvider(settings);
    case 'embedded':
      return new EmbeddedProvider(settings);
    default: {
      const unknown: never = settings;
      throw new TypeError(`unknown provider kind in ${JSON.stringify(unknown)}`);
    }
  }
}

interface Endpoint {
  settings: ProviderSettings;
  provider: LlmProvider;
}

/** Takes the first endpoint with these settings out of `endpoints`. */
function takeEqual(endpoints: Endpoint[], settings: ProviderSettings): Endpoint | undefined {
  const index = endpoints.findIndex((endpoint) => isDeepStrictEqual(endpoint.settings, settings));
  return index === -1 ? undefined : endpoints.splice(index, 1)[0];
}

/** Names one endpoint wherever it stands in the configuration: what is known of it belongs to this key. It shows no address. */
function endpointKey(settings: ProviderSettings): string {
  const address = settings.kind === 'embedded' ? settings.model : settings.baseUrl;
  return createHash('sha256').update(`${settings.name.toLowerCase()}\n${address}`).digest('hex').slice(0, 16);
}

function groupByName(endpoints: readonly Endpoint[]): Map<string, LlmProvider[]> {
  const groups = new Map<string, LlmProvider[]>();
  for (const { provider } of endpoints) {
    const key = provider.name.toLowerCase();
    groups.set(key, [...(groups.get(key) ?? []), provider]);
  }
  return groups;
}

/** The configured providers by name, each with its endpoints. Names are matched without regard to case. */
@Injectable()
export class ProviderRegistry implements OnModuleDestroy {
  private endpoints: readonly Endpoint[] = [];
  private byName: ReadonlyMap<string, readonly LlmProvider[]> = new Map();

  constructor(@Inject(LLM_PROVIDERS_OPTIONS) options: LlmProvidersOptions) {
    this.replace(options.providers);
  }

  /** The endpoints of a provider, in the order of the configuration; empty: no such provider. Its name is matched without regard to case. */
  endpointsOf(name: string): readonly LlmProvider[] {
    return this.byName.get(name.toLowerCase()) ?? [];
  }

  /** The key of an endpoint in use: a hash of its provider's name and its base URL. Undefined: it is not in use. */
  keyOf(provider: LlmProvider): string | undefined {
    const endpoint = this.endpoints.find((one) => one.provider === provider);
    return endpoint && endpointKey(endpoint.settings);
  }

  /** All of them, provider after provider. */
  all(): LlmProvider[] {
    return [...this.byName.values()].flat();
  }

  /** The providers' names, once each, in order. */
  names(): string[] {
    return [...this.byName.values()].flatMap((endpoints) => endpoints.slice(0, 1)).map(({ name }) => name);
  }

  /**
   * Takes over new settings: endpoints whose settings are deeply equal stay as they are (same objects, connections kept), others
   * are made. Returns those that no setting names any more; the caller closes them. Nothing changes if making one throws.
   */
  replace(settings: ProviderSettings[]): LlmProvider[] {
    const left = [...this.endpoints];
    const endpoints = settings.map(
      (wanted) => takeEqual(left, wanted) ?? { settings: wanted, provider: createProvider(wanted) },
    );
    this.endpoints = endpoints;
    this.byName = groupByName(endpoints);
    return left.map(({ provider }) => provider);
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.all().map((provider) => provider.close?.()));
  }
}
