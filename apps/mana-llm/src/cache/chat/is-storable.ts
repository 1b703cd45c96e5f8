import type { ChatCompletion, CompletionChoice, FinishReason } from '@mana-llm/openai-api';

/** Ends of an answer that is all the model had to say; one that a filter cut is not. */
const STORABLE_REASONS: ReadonlySet<string> = new Set<FinishReason>(['stop', 'length', 'tool_calls', 'function_call']);

/** A provider's own fields count where they hold something: audio is an answer, an empty list of annotations is none. */
function saysSomething({ message: { role: _, ...message } }: CompletionChoice): boolean {
  return Object.values(message).some((value) => {
    if (typeof value === 'string') return value !== '';
    return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  });
}

/** Whether an answer may be given again: each choice came to its own end, and one of them at least says something. */
export function isStorable({ choices }: ChatCompletion): boolean {
  return choices.every(({ finish_reason }) => STORABLE_REASONS.has(finish_reason)) && choices.some(saysSomething);
}
