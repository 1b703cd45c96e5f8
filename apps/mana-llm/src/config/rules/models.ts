import { isJsonObject, type JsonObject } from '@mana-llm/openai-api';
import { settingRule } from './setting-rule.js';

/** The name of a model or an alias, as a request may have it. */
export function isTarget(value: unknown): value is string {
  return typeof value === 'string' && /^\S+$/.test(value);
}

export function IsTarget(): PropertyDecorator {
  return settingRule('target', isTarget, 'a model (provider/model) or an alias');
}

/** The form of a chain as a whole. What its mappings hold is checked for each of them. */
export function isChain(value: unknown): value is (string | JsonObject)[] {
  return Array.isArray(value) && value.length > 0 && value.every((entry) => isTarget(entry) || isJsonObject(entry));
}

export function IsChain(): PropertyDecorator {
  const allowed = 'a list of one or more models (provider/model) or aliases, or of mappings with a model and a weight';
  return settingRule('chain', isChain, allowed);
}

function isOllamaModel(value: unknown): boolean {
  return typeof value === 'string' && /\S/.test(value) && !value.endsWith('/');
}

/** The provider's name may stand before it: `gemma3:4b`, `ollama/gemma3:4b`. */
export function IsOllamaModel(): PropertyDecorator {
  return settingRule('ollamaModel', isOllamaModel, 'the name of an Ollama model, such as gemma3:4b');
}

/** A domain, or any host with a port, and then a slash and a name. `gpt-4.1/x` and `mana/x` begin with neither. */
const REGISTRY = /^(?:(?:[\w-]+\.)+[a-z]{2,}|[\w.-]+(?=:\d))(?::\d+)?\/./i;

/**
 * True for a model's name that begins with the host of its registry, as Ollama's names may: `hf.co/org/model:Q4_K_M`,
 * `registry.example.org/org/model:tag` (https://huggingface.co/docs/hub/ollama).
 */
export function namesRegistry(model: string): boolean {
  return REGISTRY.test(model);
}
