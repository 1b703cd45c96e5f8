import { ApiError } from '@mana-llm/openai-api';
import type { ProviderChatRequest } from '../llm-provider.js';
import type { OllamaChatRequest, OllamaFormat } from './ollama-api.js';
import { readKeepAlive } from './read-keep-alive.js';
import { readToolChoice, type ToolChoice } from './read-tool-choice.js';
import { refuseUnsupportedFields } from './refuse-unsupported-fields.js';
import { toCallSchema } from './to-call-schema.js';
import { toOllamaFormat } from './to-ollama-format.js';
import { toOllamaMessages } from './to-ollama-message.js';
import { toOllamaOptions } from './to-ollama-options.js';
import { toOllamaThink } from './to-ollama-think.js';

/** Ollama heeds `top_logprobs` with `logprobs` only, and so does OpenAI. */
function toLogprobFields(request: ProviderChatRequest): Pick<OllamaChatRequest, 'logprobs' | 'top_logprobs'> {
  const { logprobs, top_logprobs: count } = request;
  if (!logprobs) {
    if (!count) return {};
    throw ApiError.invalidRequest('top_logprobs needs logprobs: true', 'top_logprobs');
  }
  return { logprobs, ...(count ? { top_logprobs: count } : {}) };
}

/** Ollama cannot be told to call a tool, but to keep to a schema: that of a call. */
function toFormat(request: ProviderChatRequest, { tools, isForced }: ToolChoice): OllamaFormat | undefined {
  const format = toOllamaFormat(request.response_format);
  if (!isForced) return format;
  if (format === undefined) return toCallSchema(tools);
  const message =
    'Ollama keeps to one schema: a tool_choice that asks for a call and a response_format exclude each other.';
  throw ApiError.invalidRequest(message, 'tool_choice');
}

/**
 * OpenAI's request -> the body of `POST /api/chat`. `n` is the provider's business; a field that Ollama cannot serve is
 * refused with 400. Fields left undefined are not sent.
 */
export function toOllamaRequest(request: ProviderChatRequest, stream: boolean): OllamaChatRequest {
  refuseUnsupportedFields(request);
  const choice = readToolChoice(request);
  // A schema holds from the first token on, so a model that begins to think by itself would never get to its call.
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
