import type { ChatCompletionRequest } from '@mana-llm/openai-api';
import { isSent, refuseFields, TEXT_ONLY_FIELDS, type UnsupportedField } from '../errors/refuse-fields.js';

/**
 * Fields of OpenAI's `CreateChatCompletionRequest` that would change the answer and that Ollama has nothing for.
 * Those that do not change what the answer says (`user`, `metadata`, `store`, `service_tier`, `stream_options`, `verbosity`,
 * `safety_identifier`, `prompt_cache_*`) are accepted; all others are mapped beside this file.
 */
const UNSUPPORTED_FIELDS: readonly UnsupportedField[] = [
  ...TEXT_ONLY_FIELDS,
  { field: 'functions', isAskedFor: isSent, advice: 'send them as tools' },
  { field: 'function_call', isAskedFor: isSent, advice: 'send tools and tool_choice' },
];

/** Throws 400 for the first field that Ollama cannot serve. */
export function refuseUnsupportedFields(request: ChatCompletionRequest): void {
  refuseFields(request, UNSUPPORTED_FIELDS, 'Ollama');
}
