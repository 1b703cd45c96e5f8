import { isJsonObject, type JsonObject } from '@mana-llm/openai-api';
import { isTarget } from './is-target.js';
import { settingRule } from './setting-rule.js';

/** What the mappings in it hold is judged one by one. */
export function isChain(value: unknown): value is (string | JsonObject)[] {
  return Array.isArray(value) && value.length > 0 && value.every((entry) => isTarget(entry) || isJsonObject(entry));
}

export function IsChain(): PropertyDecorator {
  const allowed = 'a list of one or more models (provider/model) or aliases, or of mappings with a model and a weight';
  return settingRule('chain', isChain, allowed);
}
