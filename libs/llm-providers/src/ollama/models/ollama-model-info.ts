import { isJsonObject } from '@mana-llm/openai-api';

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
