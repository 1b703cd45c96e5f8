import type { ChatCompletionRequest } from '@mana-llm/openai-api';
import { isSent, refuseFields, TEXT_ONLY_FIELDS, type UnsupportedField } from '../errors/refuse-fields.js';

const isTrue = (value: unknown): boolean => value !== false;
const isNotZero = (value: unknown): boolean => value !== 0;
const asksForTools = (value: unknown, request: ChatCompletionRequest): boolean =>
  !(Array.isArray(value) && value.length === 0) && request.tool_choice !== 'none';
const asksForCall = (value: unknown): boolean => value !== 'none' && value !== 'auto';

const TOOL_ADVICE = 'choose another provider for tools';
const LEAVE_OUT = 'leave it out or choose another provider';

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
  { field: 'logprobs', isAskedFor: isTrue, advice: LEAVE_OUT },
  { field: 'top_logprobs', isAskedFor: isNotZero, advice: LEAVE_OUT },
  ...TEXT_ONLY_FIELDS,
];

/** Throws 400 for the first field that the embedded model cannot serve. */
export function refuseUnsupportedFields(request: ChatCompletionRequest): void {
  refuseFields(request, UNSUPPORTED_FIELDS, 'The embedded model');
}
