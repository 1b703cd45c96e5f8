import { ApiError, isJsonObject } from '@mana-llm/openai-api';
import type { ChatCompletionRequest } from '@mana-llm/openai-api';
import type { OllamaThink } from './ollama-api.js';

/**
 * OpenAI's efforts -> `think`. `low`, `medium` and `high` are what every server with thinking understands
 * (https://docs.ollama.com/capabilities/thinking); models that can only think or not take any of them for "on".
 */
const EFFORTS: ReadonlyMap<string, OllamaThink> = new Map<string, OllamaThink>([
  ['none', false],
  ['minimal', 'low'],
  ['low', 'low'],
  ['medium', 'medium'],
  ['high', 'high'],
  ['xhigh', 'high'],
  ['max', 'high'],
]);

function fromEffort(effort: unknown, param: string): OllamaThink {
  const think = typeof effort === 'string' ? EFFORTS.get(effort) : undefined;
  if (think !== undefined) return think;
  throw ApiError.invalidRequest(`${param} must be one of ${[...EFFORTS.keys()].join(', ')}`, param);
}

function fromReasoning(reasoning: unknown): OllamaThink | undefined {
  if (!isJsonObject(reasoning)) throw ApiError.invalidRequest('reasoning must be an object', 'reasoning');
  if (reasoning.enabled === false) return false;
  if (reasoning.effort !== undefined && reasoning.effort !== null)
    return fromEffort(reasoning.effort, 'reasoning.effort');
  return reasoning.enabled === true ? true : undefined;
}

/** The nearest to Ollama wins: its own `think`, then OpenAI's `reasoning_effort`, then the `reasoning` object. */
export function toOllamaThink(request: ChatCompletionRequest): OllamaThink | undefined {
  const { think, reasoning_effort: effort, reasoning } = request;
  if (think !== undefined && think !== null) {
    if (typeof think === 'boolean' || typeof think === 'string') return think;
    throw ApiError.invalidRequest('think must be true, false or an effort such as "low"', 'think');
  }
  if (effort !== undefined && effort !== null) return fromEffort(effort, 'reasoning_effort');
  if (reasoning !== undefined && reasoning !== null) return fromReasoning(reasoning);
  return undefined;
}
