import { ProviderRegistry } from '@mana-llm/llm-providers';
import { ApiError } from '@mana-llm/openai-api';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { providersConfig } from '../config/providers.config.js';
import { routingConfig } from '../config/routing.config.js';
import type { Candidate, Route, UnconfiguredCandidate } from './candidate.js';

const DEFAULT_PROVIDER = 'ollama';

/** Where a model name goes: `provider/model`, a bare name at Ollama, an alias to its chain, no name to the default. */
@Injectable()
export class ModelRouter {
  private readonly keyVariables: ReadonlyMap<string, string>;

  constructor(
    private readonly registry: ProviderRegistry,
    @Inject(routingConfig.KEY) private readonly routing: ConfigType<typeof routingConfig>,
    @Inject(providersConfig.KEY) providers: ConfigType<typeof providersConfig>,
  ) {
    this.keyVariables = new Map(providers.unconfigured.map(({ name, keyVariable }) => [name, keyVariable]));
  }

  /** The models that the configuration names: those of every chain, and the default. */
  configuredModels(): string[] {
    const { aliases, defaultModel } = this.routing;
    return [...aliases.map(({ name }) => name), defaultModel]
      .flatMap((name) => this.resolveEntry(name))
      .map(({ name }) => name);
  }

  /** Throws `ApiError` 404 `model_not_found` for a name that leads nowhere. */
  resolve(modelName: string | null | undefined): Route {
    const name = modelName ?? this.routing.defaultModel;
    const alias = this.routing.aliases.find((candidate) => candidate.name === name);
    if (alias === undefined) {
      const candidate = this.find(name);
      if ('keyVariable' in candidate) throw this.withoutKey(candidate);
      return { candidates: [candidate] };
    }
    return { alias: alias.name, candidates: alias.chain.flatMap(({ model }) => this.resolveEntry(model)) };
  }

  private resolveEntry(entry: string): (Candidate | UnconfiguredCandidate)[] {
    const alias = this.routing.aliases.find((candidate) => candidate.name === entry);
    return alias === undefined ? [this.find(entry)] : alias.chain.flatMap(({ model }) => this.resolveEntry(model));
  }

  private find(name: string): Candidate | UnconfiguredCandidate {
    const slash = name.indexOf('/');
    const providerName = slash === -1 ? DEFAULT_PROVIDER : name.slice(0, slash).toLowerCase();
    const model = name.slice(slash + 1);
    const keyVariable = this.keyVariables.get(providerName);
    if (keyVariable !== undefined) return { name: `${providerName}/${model}`, keyVariable };
    const [provider] = this.registry.hostsOf(providerName);
    if (provider === undefined || model === '') throw this.unknown(name);
    return { name: `${provider.name}/${model}`, model, provider };
  }

  private unknown(name: string): ApiError {
    const known = [...this.registry.names(), ...this.keyVariables.keys()].sort().join(', ');
    const message = `The model \`${name}\` does not exist: a name is provider/model, with one of these providers: ${known}.`;
    return new ApiError(404, message, { param: 'model', code: 'model_not_found' });
  }

  private withoutKey({ name, keyVariable }: UnconfiguredCandidate): ApiError {
    const message = `The model \`${name}\` cannot be used: its provider is not configured. Set ${keyVariable} in the gateway's environment.`;
    return new ApiError(404, message, { param: 'model', code: 'model_not_found' });
  }
}
