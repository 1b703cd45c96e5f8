import { randomUUID } from 'node:crypto';
import { type ChatCompletion, type CompletionChoice, type FinishReason, isJsonObject } from '@mana-llm/openai-api';

/** Reasons of an answer that the model has finished. One that a content filter has cut is not stored. */
const STORABLE_REASONS: ReadonlySet<string> = new Set<FinishReason>(['stop', 'length', 'tool_calls', 'function_call']);

/** A provider's own fields count where they hold something: audio is an answer, an empty list of annotations is none. */
function hasContent({ message: { role: _, ...message } }: CompletionChoice): boolean {
  return Object.values(message).some((value) => {
    if (typeof value === 'string') return value !== '';
    return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  });
}

/** Whether an answer may be given again: every choice is finished, and at least one has content. */
export function isStorable({ choices }: ChatCompletion): boolean {
  return choices.every(({ finish_reason }) => STORABLE_REASONS.has(finish_reason)) && choices.some(hasContent);
}

const isChoice = (choice: unknown): boolean => isJsonObject(choice) && isJsonObject(choice['message']);

/** The answer that a stored value is; undefined for any other value. */
export function readStoredCompletion(value: unknown): ChatCompletion | undefined {
  if (!isJsonObject(value) || value['object'] !== 'chat.completion' || typeof value['model'] !== 'string') {
    return undefined;
  }
  const choices: unknown = value['choices'];
  const isWhole = Array.isArray(choices) && choices.length > 0 && choices.every(isChoice);
  return isWhole ? (value as unknown as ChatCompletion) : undefined;
}

/** `id` and `created` of a stored answer that is given again: to each client it is an answer of its own, made when it asked. */
export function freshIdentity(): Pick<ChatCompletion, 'id' | 'created'> {
  return { id: `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000) };
}
