import {
  type AnswerLimits,
  DEFAULT_ANSWER_LIMITS,
  KNOWN_PROVIDERS,
  type ProviderSettings,
} from '@mana-llm/llm-providers';
import type { ConfigFile } from '../config-file.js';
import type { ProvidersConfig, UnconfiguredProvider } from '../configuration.js';
import type { Environment } from '../environment.js';
import type { ConfiguredProvider } from '../file/configured-provider.js';
import { BUILT_IN_KINDS } from '../provider-kinds.js';
import { toOllamaSettings } from './to-ollama-settings.js';
import { toOpenAiCompatibleSettings } from './to-open-ai-compatible-settings.js';
import { toProviderTimeouts } from './to-provider-timeouts.js';

const MIB_BYTES = 1024 * 1024;

/** The provider of that name as the file has it, or with nothing said about it. */
function configuredProvider(name: string, file: ConfigFile): ConfiguredProvider {
  const kind = BUILT_IN_KINDS.get(name) ?? 'openai-compatible';
  return file.providers.get(name) ?? { kind, entry: {} };
}

function toAnswerLimits({ root }: ConfigFile): AnswerLimits {
  const { answerMb, jsonDepth } = root.limits ?? {};
  return {
    maxBytes: answerMb === undefined ? DEFAULT_ANSWER_LIMITS.maxBytes : Math.floor(answerMb * MIB_BYTES),
    maxDepth: jsonDepth ?? DEFAULT_ANSWER_LIMITS.maxDepth,
  };
}

/** One for each host; none for a provider that is not in use. */
function toSettings(name: string, environment: Environment, file: ConfigFile): ProviderSettings[] {
  const provider = configuredProvider(name, file);
  const { kind, entry } = provider;
  const silenceSeconds = name === 'ollama' ? environment.OLLAMA_TIMEOUT : undefined;
  const timeouts = toProviderTimeouts({ kind, own: entry.timeouts, silenceSeconds, global: file.root.timeouts });
  const answerLimits = toAnswerLimits(file);
  switch (provider.kind) {
    case 'openai-compatible': {
      const settings = toOpenAiCompatibleSettings(name, provider.entry, environment, timeouts);
      return settings === undefined ? [] : [{ ...settings, answerLimits }];
    }
    case 'ollama':
      return toOllamaSettings(name, provider.entry, environment, timeouts).map((host) => ({ ...host, answerLimits }));
    case 'embedded': {
      const model = provider.entry.model ?? (name === 'embedded' ? environment.EMBEDDED_MODEL : undefined);
      return model === undefined ? [] : [{ kind: 'embedded', name, model, timeouts }];
    }
    default: {
      const unknown: never = provider;
      throw new TypeError(`unknown provider kind in ${Object.keys(unknown).join(', ')}`);
    }
  }
}

/** Every provider that is in use, built-in ones first, and the built-in ones that are not. */
export function toProvidersConfig(environment: Environment, file: ConfigFile): ProvidersConfig {
  const names = new Set([...BUILT_IN_KINDS.keys(), ...file.providers.keys()]);
  const settings = [...names].flatMap((name) => toSettings(name, environment, file));
  const inUse = new Set(settings.map(({ name }) => name));
  const needed: UnconfiguredProvider[] = [
    ...KNOWN_PROVIDERS.map(({ name, keyVariable }) => ({ name, keyVariable })),
    { name: 'embedded', keyVariable: 'EMBEDDED_MODEL' },
  ];
  return { settings, unconfigured: needed.filter(({ name }) => !inUse.has(name)) };
}
