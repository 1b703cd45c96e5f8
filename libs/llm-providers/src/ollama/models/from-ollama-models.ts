import { isJsonObject, type JsonObject, type Model } from '@mana-llm/openai-api';
import { UpstreamError } from '../../errors/upstream-error.js';
import { rfc3339ToUnixSeconds } from '../ollama-api.js';

/** What is known of a model on a server; each field only where the server sends it. */
export interface OllamaModelInfo {
  name: string;
  /** In tokens: the model's own limit. */
  contextLength?: number;
  /** `completion`, `vision`, `tools`, `thinking`, `embedding`, ... */
  capabilities?: string[];
}

const numberOrUndefined = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : undefined;

function toCapabilities(value: unknown): string[] | undefined {
  return Array.isArray(value) && value.length > 0 ? value.filter((item) => typeof item === 'string') : undefined;
}

function toInfo(name: string, contextLength: number | undefined, capabilities: string[] | undefined): OllamaModelInfo {
  return {
    name,
    ...(contextLength === undefined ? {} : { contextLength }),
    ...(capabilities === undefined ? {} : { capabilities }),
  };
}

/** One entry of `GET /api/tags`; newer servers have the lengths in `details`. */
export function fromTag(tag: unknown): OllamaModelInfo | undefined {
  if (!isJsonObject(tag)) return undefined;
  const name = tag['model'] ?? tag['name'];
  if (typeof name !== 'string' || name === '') return undefined;
  const details = isJsonObject(tag['details']) ? tag['details'] : {};
  const contextLength = numberOrUndefined(tag['context_length']) ?? numberOrUndefined(details['context_length']);
  return toInfo(name, contextLength, toCapabilities(tag['capabilities']));
}

/** `POST /api/show`: the limit stands in `model_info` under the architecture's name, `gemma3.context_length`. */
export function fromShow(name: string, show: unknown): OllamaModelInfo {
  if (!isJsonObject(show)) return { name };
  const details = isJsonObject(show['model_info']) ? show['model_info'] : {};
  const architecture = details['general.architecture'];
  const contextLength = typeof architecture === 'string' ? details[`${architecture}.context_length`] : undefined;
  return toInfo(name, numberOrUndefined(contextLength), toCapabilities(show['capabilities']));
}

/** Ollama's full name, with the tag `latest` where it has none. A digest or a registry's port is not a tag. */
export function fullModelName(name: string): string {
  const last = name.slice(name.lastIndexOf('/') + 1);
  return last.includes(':') || last.includes('@') ? name : `${name}:latest`;
}

/** One key for all names of a model: Ollama ignores case, and its own registry and namespace can be left out. */
export function modelKey(name: string): string {
  return fullModelName(name.toLowerCase()).replace(/^(?:https?:\/\/)?(?:registry\.ollama\.ai\/)?(?:library\/)?/, '');
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const numberOf = (value: unknown): number | undefined => (Number.isFinite(value) ? (value as number) : undefined);
const textsOf = (value: unknown): string[] | undefined =>
  Array.isArray(value) ? value.filter((text) => typeof text === 'string') : undefined;

/** Extra fields, each where the server sends it; newer servers have the lengths in `details`. */
function extraFields(model: JsonObject): JsonObject {
  const details = isJsonObject(model.details) ? model.details : {};
  const fields: JsonObject = {
    context_length: numberOf(model.context_length) ?? numberOf(details.context_length),
    embedding_length: numberOf(model.embedding_length) ?? numberOf(details.embedding_length),
    capabilities: textsOf(model.capabilities),
    size: numberOf(model.size),
    family: textOf(details.family),
    parameter_size: textOf(details.parameter_size),
    quantization_level: textOf(details.quantization_level),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

interface NamedModel {
  name: string;
  model: JsonObject;
}

/**
 * One entry for each model: where `gemma3` stands beside `gemma3:latest`, the one with the tag. Names with other tags were
 * chosen by the server's owner and stay, even for the same model.
 */
function withoutDuplicates(models: readonly JsonObject[]): NamedModel[] {
  const byName = new Map<string, NamedModel>();
  for (const model of models) {
    const name = textOf(model.model) ?? textOf(model.name);
    if (name !== undefined && !byName.has(name)) byName.set(name, { name, model });
  }
  return [...byName.values()].filter(({ name, model }) => {
    const full = byName.get(fullModelName(name));
    if (full === undefined || full.name === name) return true;
    return model.digest !== undefined && full.model.digest !== undefined && model.digest !== full.model.digest;
  });
}

/** `GET /api/tags` -> models with ids `provider/model`. */
export function fromOllamaModels(raw: unknown, provider: string): Model[] {
  const models = isJsonObject(raw) ? (raw.models ?? []) : undefined;
  if (!Array.isArray(models)) {
    throw new UpstreamError(`${provider} answered with something that is not a list of models.`, {
      provider,
      kind: 'bad_response',
    });
  }
  return withoutDuplicates(models.filter(isJsonObject)).map(({ name, model }) => {
    const created = rfc3339ToUnixSeconds(model.modified_at) ?? 0;
    return { id: `${provider}/${name}`, object: 'model', created, owned_by: 'ollama', ...extraFields(model) };
  });
}
