import { ApiError, type ChatCompletionRequest, isJsonObject } from '@mana-llm/openai-api';

interface UnsupportedField {
  field: string;
  /** True when the value really asks for something; nulls and empty values never do. */
  isAskedFor: (value: unknown, request: ChatCompletionRequest) => boolean;
  advice: string;
}

const isSent = (): boolean => true;
const isTrue = (value: unknown): boolean => value !== false;
const isNotZero = (value: unknown): boolean => value !== 0;
const isNotText = (value: unknown): boolean => !Array.isArray(value) || value.some((modality) => modality !== 'text');
const hasEntries = (value: unknown): boolean => !isJsonObject(value) || Object.keys(value).length > 0;
const asksForTools = (value: unknown, request: ChatCompletionRequest): boolean =>
  !(Array.isArray(value) && value.length === 0) && request.tool_choice !== 'none';
const asksForCall = (value: unknown): boolean => value !== 'none' && value !== 'auto';

const TOOL_ADVICE = 'choose another provider for tools';

/**
 * Fields of OpenAI's `CreateChatCompletionRequest` that would change the answer and that the embedded model has nothing
 * for. Those that do not change what the answer says (`user`, `metadata`, `store`, `service_tier`, `stream_options`,
 * `safety_identifier`, `prompt_cache_*`, `verbosity`) are accepted.
 */
const UNSUPPORTED_FIELDS: readonly UnsupportedField[] = [
  { field: 'tools', isAskedFor: asksForTools, advice: TOOL_ADVICE },
  { field: 'tool_choice', isAskedFor: asksForCall, advice: TOOL_ADVICE },
  { field: 'functions', isAskedFor: isSent, advice: TOOL_ADVICE },
  { field: 'function_call', isAskedFor: asksForCall, advice: TOOL_ADVICE },
  { field: 'logprobs', isAskedFor: isTrue, advice: 'leave it out or choose another provider' },
  { field: 'top_logprobs', isAskedFor: isNotZero, advice: 'leave it out or choose another provider' },
  { field: 'logit_bias', isAskedFor: hasEntries, advice: 'leave it out or choose another provider' },
  { field: 'audio', isAskedFor: isSent, advice: 'choose a provider with spoken answers' },
  { field: 'modalities', isAskedFor: isNotText, advice: 'only ["text"] is possible' },
  { field: 'prediction', isAskedFor: isSent, advice: 'leave it out' },
  { field: 'web_search_options', isAskedFor: isSent, advice: 'choose a provider that searches the web' },
  { field: 'moderation', isAskedFor: isSent, advice: 'leave it out' },
];

/** Throws 400 for the first field that the embedded model cannot serve: nothing is dropped in silence. */
export function refuseUnsupportedFields(request: ChatCompletionRequest): void {
  for (const { field, isAskedFor, advice } of UNSUPPORTED_FIELDS) {
    const value = request[field];
    if (value === undefined || value === null || !isAskedFor(value, request)) continue;
    throw ApiError.invalidRequest(`The embedded model does not support ${field}: ${advice}.`, field);
  }
}
