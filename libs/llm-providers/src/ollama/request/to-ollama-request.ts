import { ApiError, type ChatCompletionRequest } from '@mana-llm/openai-api';
import { isSent, refuseFields, TEXT_ONLY_FIELDS, type UnsupportedField } from '../../errors/capability-error.js';
import type { ProviderChatRequest } from '../../llm-provider.js';
import type { OllamaChatRequest, OllamaFormat } from '../ollama-api.js';
import { toOllamaFormat, toOllamaThink } from './to-ollama-format.js';
import { toOllamaMessages } from './to-ollama-messages.js';
import { readKeepAlive, toOllamaOptions } from './to-ollama-options.js';
import { readToolChoice, toCallSchema, type ToolChoice } from './tool-choice.js';

/**
 * Fields of OpenAI's `CreateChatCompletionRequest` that would change the answer and that Ollama does not have.
 * Fields that do not change what the answer says (`user`, `metadata`, `store`, `service_tier`, `stream_options`, `verbosity`,
 * `safety_identifier`, `prompt_cache_*`) are accepted. All others are mapped in this folder.
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

/** Ollama reads `top_logprobs` only beside `logprobs`, and so does OpenAI. */
function toLogprobFields(request: ProviderChatRequest): Pick<OllamaChatRequest, 'logprobs' | 'top_logprobs'> {
  const { logprobs, top_logprobs: count } = request;
  if (!logprobs) {
    if (!count) return {};
    throw ApiError.invalidRequest('top_logprobs needs logprobs: true', 'top_logprobs');
  }
  return { logprobs, ...(count ? { top_logprobs: count } : {}) };
}

/** Ollama cannot be told to call a tool. It can be told to follow a schema, so it gets the schema of a call. */
function toFormat(request: ProviderChatRequest, { tools, isForced }: ToolChoice): OllamaFormat | undefined {
  const format = toOllamaFormat(request.response_format);
  if (!isForced) return format;
  if (format === undefined) return toCallSchema(tools);
  const message =
    'Ollama follows one schema at a time: send a tool_choice that requires a call, or a response_format, not both.';
  throw ApiError.invalidRequest(message, 'tool_choice');
}

/**
 * OpenAI's request -> the body of `POST /api/chat`. The provider sees to `n`. A field that Ollama cannot serve is
 * refused with 400. Undefined fields are not sent.
 */
export function toOllamaRequest(request: ProviderChatRequest, stream: boolean): OllamaChatRequest {
  refuseUnsupportedFields(request);
  const choice = readToolChoice(request);
  // A schema holds from the first token on: a model that thinks by default would never come to its call.
  const defaultThink = choice.isForced ? false : undefined;
  return {
    model: request.model,
    messages: toOllamaMessages(request.messages),
    stream,
    truncate: false,
    shift: false,
    tools: choice.tools.length > 0 ? choice.tools : undefined,
    format: toFormat(request, choice),
    think: toOllamaThink(request) ?? defaultThink,
    options: toOllamaOptions(request),
    keep_alive: readKeepAlive(request.keep_alive),
    ...toLogprobFields(request),
  };
}
