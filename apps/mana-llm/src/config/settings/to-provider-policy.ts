import type { ProviderSettings } from '@mana-llm/llm-providers';
import type { ProviderPolicy } from '../configuration.js';
import type { ConfigFile } from '../config-file.js';
import type { Environment } from '../environment.js';
import type { ProviderKind } from '../provider-kinds.js';
import { strongest } from './strongest.js';

const DEFAULT_ROUTING = { retries: 1, retryBudgetMs: 10_000, hedgeAfterMs: 0 };
const DEFAULT_BREAKER = { failures: 5, openMs: 30_000 };
const DEFAULT_QUEUED = 100;
/** A machine of our own answers a few at a time; a cloud sees to its own limits. */
const DEFAULT_CONCURRENT: Readonly<Record<ProviderKind, number>> = { ollama: 4, 'openai-compatible': 0, embedded: 0 };

/** How hard a provider is tried and how much it is given, from everything that may set that, strongest first. */
export function toProviderPolicy(
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
