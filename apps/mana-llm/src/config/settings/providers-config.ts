import {
  type AnswerLimits,
  DEFAULT_ANSWER_LIMITS,
  DEFAULT_RENAMED_ROLES,
  KNOWN_PROVIDERS,
  type OllamaSettings,
  type OpenAiCompatibleSettings,
  type ProviderSettings,
  type ProviderTimeouts,
} from '@mana-llm/llm-providers';
import type { ProvidersConfig, UnconfiguredProvider } from '../configuration.js';
import { baseUrlVariable, type Environment } from '../environment.js';
import type { ConfigFile } from '../file/config-file.js';
import {
  BUILT_IN_KINDS,
  type ConfiguredProvider,
  type OllamaEntry,
  type OpenAiCompatibleEntry,
  type ProviderKind,
} from '../file/provider-entry.js';
import type { TimeoutsEntry } from '../file/sections.js';
import { textOf } from '../read-environment.js';
import { withoutTrailingSlash } from '../rules/urls.js';
import { mebibytesToBytes, secondsToMs, strongest } from './layers.js';

const DEFAULT_TIMEOUTS: ProviderTimeouts = { connectMs: 5000, firstTokenMs: 120_000, idleMs: 60_000, totalMs: 600_000 };
const OLLAMA_SILENCE_MS = 120_000;
const DEFAULT_OLLAMA_URL = 'http://localhost:11434';
const DEFAULT_EMBED_BATCH = 64;

interface TimeoutSources {
  kind: ProviderKind;
  /** Under the provider in the file. */
  own: TimeoutsEntry | undefined;
  /** `OLLAMA_TIMEOUT`, for the provider `ollama` only. */
  silenceSeconds?: number;
  /** At the top of the file. */
  global: TimeoutsEntry | undefined;
}

/** The longest time without an answer: to the first token, between tokens, and to the end of a buffered answer. */
function toSilence(silenceMs: number): { firstTokenMs: number; idleMs: number; bufferedMs: number } {
  return { firstTokenMs: silenceMs, idleMs: silenceMs, bufferedMs: silenceMs };
}

/** Where the file sets a total, a buffered answer has that time as well. */
function withBuffered(entry: TimeoutsEntry | undefined): Partial<ProviderTimeouts> {
  return entry?.totalMs === undefined ? { ...entry } : { ...entry, bufferedMs: entry.totalMs };
}

/** The timeouts of one provider from everything that may set them, strongest first. */
export function toProviderTimeouts({ kind, own, silenceSeconds, global }: TimeoutSources): ProviderTimeouts {
  if (kind !== 'ollama') return strongest([own, global], DEFAULT_TIMEOUTS);
  const variable = silenceSeconds === undefined ? undefined : toSilence(secondsToMs(silenceSeconds));
  const layers = [withBuffered(own), variable, withBuffered(global)];
  return strongest(layers, { ...DEFAULT_TIMEOUTS, ...toSilence(OLLAMA_SILENCE_MS) });
}

/** One for each endpoint of the provider. */
function toOllamaSettings(
  name: string,
  entry: OllamaEntry,
  environment: Environment,
  timeouts: ProviderTimeouts,
): OllamaSettings[] {
  const urls = [entry.baseUrl ?? environment.OLLAMA_URL ?? environment.OLLAMA_HOST ?? DEFAULT_OLLAMA_URL].flat();
  return urls.map((baseUrl) => ({
    kind: 'ollama',
    name,
    baseUrl: withoutTrailingSlash(baseUrl),
    headers: { ...entry.headers },
    ...(entry.maxContext === undefined ? {} : { maxContext: entry.maxContext }),
    embedBatch: entry.embedBatch ?? DEFAULT_EMBED_BATCH,
    imageFetch: environment.IMAGE_FETCH === 'on',
    pull: entry.pull ?? 'never',
    timeouts,
  }));
}

/** Undefined for a known provider without a key. */
function toOpenAiCompatibleSettings(
  name: string,
  entry: OpenAiCompatibleEntry,
  environment: Environment,
  timeouts: ProviderTimeouts,
): OpenAiCompatibleSettings | undefined {
  const known = KNOWN_PROVIDERS.find((candidate) => candidate.name === name);
  const apiKey = entry.apiKey ?? (known && textOf(environment, known.keyVariable));
  if (known && apiKey === undefined) return undefined;
  const knownUrl = known && (textOf(environment, baseUrlVariable(known)) ?? known.baseUrl);
  return {
    kind: 'openai-compatible',
    name,
    baseUrl: withoutTrailingSlash(entry.baseUrl ?? knownUrl ?? ''),
    ...(apiKey === undefined ? {} : { apiKey }),
    headers: { ...entry.headers },
    query: { ...entry.query },
    endMarker: entry.endMarker ?? true,
    renamedFields: { ...known?.renamedFields, ...entry.renamedFields },
    renamedRoles: { ...(known?.renamedRoles ?? DEFAULT_RENAMED_ROLES), ...entry.renamedRoles },
    ...(known?.reasoningField === undefined ? {} : { reasoningField: known.reasoningField }),
    timeouts,
  };
}

/** The provider of that name as the file has it; an empty entry where the file has none. */
function configuredProvider(name: string, file: ConfigFile): ConfiguredProvider {
  const kind = BUILT_IN_KINDS.get(name) ?? 'openai-compatible';
  return file.providers.get(name) ?? { kind, entry: {} };
}

function toAnswerLimits({ root }: ConfigFile): AnswerLimits {
  const { answerMb, jsonDepth } = root.limits ?? {};
  return {
    maxBytes: answerMb === undefined ? DEFAULT_ANSWER_LIMITS.maxBytes : mebibytesToBytes(answerMb),
    maxDepth: jsonDepth ?? DEFAULT_ANSWER_LIMITS.maxDepth,
  };
}

/** One for each endpoint; none for a provider that is not in use. */
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
    case 'ollama': {
      const endpoints = toOllamaSettings(name, provider.entry, environment, timeouts);
      return endpoints.map((settings) => ({ ...settings, answerLimits }));
    }
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
