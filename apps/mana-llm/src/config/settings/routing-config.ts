import type { ProviderSettings } from '@mana-llm/llm-providers';
import type { ProviderPolicy, ProvidersConfig, RoutingConfig } from '../configuration.js';
import type { Environment } from '../environment.js';
import type { ConfigFile } from '../file/config-file.js';
import type { ProviderKind } from '../file/provider-entry.js';
import { strongest } from './layers.js';

const DEFAULT_ROUTING = { retries: 1, retryBudgetMs: 10_000, hedgeAfterMs: 0 };
const DEFAULT_BREAKER = { failures: 5, openMs: 30_000 };
const DEFAULT_QUEUED = 100;
/** The user's own machine runs only a few requests at a time. A cloud has limits of its own. */
const DEFAULT_CONCURRENT: Readonly<Record<ProviderKind, number>> = { ollama: 4, 'openai-compatible': 0, embedded: 0 };

/** The policy of one provider from everything that may set it, strongest first. */
function toProviderPolicy(
  provider: Pick<ProviderSettings, 'name' | 'kind' | 'timeouts'>,
  environment: Environment,
  { root, providers }: ConfigFile,
): ProviderPolicy {
  const own = providers.get(provider.name)?.entry;
  const variable = provider.name === 'ollama' ? { concurrent: environment.OLLAMA_MAX_CONCURRENT } : undefined;
  const limits = { concurrent: DEFAULT_CONCURRENT[provider.kind], queued: DEFAULT_QUEUED };
  return {
    provider: provider.name,
    ...strongest([own?.routing, root.routing], DEFAULT_ROUTING),
    breaker: strongest([own?.routing?.breaker, root.routing?.breaker], DEFAULT_BREAKER),
    ...strongest([own?.limits, variable, root.limits], limits),
    totalMs: provider.timeouts.totalMs,
  };
}

/** No setting says where Ollama is, and there are other providers. */
function isOllamaImplicit(
  { OLLAMA_URL, OLLAMA_HOST }: Environment,
  { providers }: ConfigFile,
  others: number,
): boolean {
  const configured = providers.get('ollama');
  const isNamed = configured?.kind === 'ollama' && configured.entry.baseUrl !== undefined;
  return (OLLAMA_URL ?? OLLAMA_HOST) === undefined && !isNamed && others > 0;
}

export function toRoutingConfig(environment: Environment, file: ConfigFile, providers: ProvidersConfig): RoutingConfig {
  const byName = new Map(providers.settings.map((provider) => [provider.name, provider]));
  const named = environment.DEFAULT_MODEL ?? file.root.default;
  const ollamaModel = environment.OLLAMA_DEFAULT_MODEL.replace(/^ollama\//i, '');
  const isImplicit = isOllamaImplicit(environment, file, byName.size - 1);
  return {
    aliases: [...file.aliases.values()],
    defaultModel: named ?? `ollama/${ollamaModel}`,
    isDefaultNamed: named !== undefined,
    policies: [...byName.values()].map((provider) => ({
      ...toProviderPolicy(provider, environment, file),
      ...(provider.name === 'ollama' && isImplicit ? { isImplicit } : {}),
    })),
  };
}
