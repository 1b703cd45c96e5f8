import type { FinishReason } from '@mana-llm/openai-api';

/** The answer failed: what there is of it is not whole. */
const FAILED = 'failed';

/**
 * What providers say where OpenAI says one of its five words, in lower case. Google's words: https://ai.google.dev/api/generate-content
 * (FinishReason), Vertex adds MODEL_ARMOR; vLLM and SGLang: `abort`; Anthropic: https://platform.claude.com/docs/en/api/messages
 * (stop_reason); Cohere: https://docs.cohere.com/reference/chat; DeepSeek: `insufficient_system_resource`; Z.ai: `sensitive`,
 * `network_error`; Bedrock: `guardrail_intervened`, `content_filtered`; OpenRouter and Mistral: `error`.
 */
const MEANINGS: ReadonlyMap<string, FinishReason | typeof FAILED> = new Map(
  Object.entries({
    stop: ['eos', 'eos_token', 'end_turn', 'stop_sequence', 'complete', 'completed', 'load', 'unload'],
    length: ['max_tokens', 'model_length', 'max_output_tokens', 'model_context_window_exceeded'],
    tool_calls: ['tool_use', 'tool_call'],
    function_call: [],
    content_filter: [
      ...['safety', 'recitation', 'language', 'blocklist', 'prohibited_content', 'spii', 'model_armor'],
      ...['image_safety', 'image_prohibited_content', 'image_recitation'],
      ...['sensitive', 'refusal', 'content_filtered', 'guardrail_intervened', 'error_toxic', 'blocked', 'moderation'],
    ],
    [FAILED]: [
      ...['error', 'failed', 'abort', 'aborted', 'cancelled', 'canceled', 'user_cancel', 'timeout', 'error_limit'],
      ...['network_error', 'insufficient_system_resource', 'malformed_function_call', 'malformed_response'],
      ...['unexpected_tool_call', 'too_many_tool_calls', 'missing_thought_signature', 'no_image', 'image_other'],
    ],
  } satisfies Record<FinishReason | typeof FAILED, string[]>).flatMap(([meaning, words]) =>
    [meaning, ...words].map((word) => [word, meaning as FinishReason | typeof FAILED] as const),
  ),
);

/** Twice as long as any that is known. */
const MAX_LENGTH = 64;

/** Google's OpenAI-like route also writes `content_filter: RECITATION`: the last word counts. */
function wordOf(reason: string): string {
  const word = reason.slice(reason.lastIndexOf(':') + 1).trim();
  return word.toLowerCase().replaceAll(/[- ]/g, '_');
}

/**
 * Why the answer failed, in words that a log may have: a word of the table above, and not the provider's text around it.
 * Undefined for a reason of an answer that did not fail.
 */
export function failedFinish(reason: string): string | undefined {
  if (reason.length > MAX_LENGTH) return 'its finish reason is too long';
  const word = wordOf(reason);
  return MEANINGS.get(word) === FAILED ? word : undefined;
}

/**
 * OpenAI's finish reason for a provider's, and a word that nobody knows as it is: it may be the end of half an answer. `tool_calls`
 * is said where there are calls and nowhere else.
 */
export function normalizeFinishReason(reason: string, hasToolCalls: boolean): string {
  const meaning = MEANINGS.get(wordOf(reason)) ?? reason;
  if (meaning === 'stop' && hasToolCalls) return 'tool_calls';
  return meaning === 'tool_calls' && !hasToolCalls ? 'stop' : meaning;
}
