import { ApiError, isJsonObject } from '@mana-llm/openai-api';
import type { ChatCompletionRequest } from '@mana-llm/openai-api';

interface UnsupportedField {
  field: string;
  /** True when the value really asks for something; nulls and empty values never do. */
  isAskedFor: (value: unknown) => boolean;
  advice: string;
}

const isSent = (): boolean => true;
const isNotText = (value: unknown): boolean => !Array.isArray(value) || value.some((modality) => modality !== 'text');
const hasEntries = (value: unknown): boolean => !isJsonObject(value) || Object.keys(value).length > 0;

/**
 * Fields of OpenAI's `CreateChatCompletionRequest` that would change the answer and that Ollama has nothing for.
 * Those that do not change what the answer says (`user`, `metadata`, `store`, `service_tier`, `stream_options`, `verbosity`,
 * `safety_identifier`, `prompt_cache_*`) are accepted; all others are mapped beside this file.
 */
const UNSUPPORTED_FIELDS: readonly UnsupportedField[] = [
  { field: 'logit_bias', isAskedFor: hasEntries, advice: 'leave it out or choose another provider' },
  { field: 'audio', isAskedFor: isSent, advice: 'choose a provider with spoken answers' },
  { field: 'modalities', isAskedFor: isNotText, advice: 'only ["text"] is possible' },
  { field: 'prediction', isAskedFor: isSent, advice: 'leave it out' },
  { field: 'functions', isAskedFor: isSent, advice: 'send them as tools' },
  { field: 'function_call', isAskedFor: isSent, advice: 'send tools and tool_choice' },
  { field: 'web_search_options', isAskedFor: isSent, advice: 'choose a provider that searches the web' },
  { field: 'moderation', isAskedFor: isSent, advice: 'leave it out' },
];

/** Throws 400 for the first field that Ollama cannot serve: nothing is dropped in silence. */
export function refuseUnsupportedFields(request: ChatCompletionRequest): void {
  for (const { field, isAskedFor, advice } of UNSUPPORTED_FIELDS) {
    const value = request[field];
    if (value === undefined || value === null || !isAskedFor(value)) continue;
    throw ApiError.invalidRequest(`Ollama does not support ${field}: ${advice}.`, field);
  }
}
