import { ApiError } from '@mana-llm/openai-api';
import type { ProviderChatRequest } from '../llm-provider.js';
import type { OllamaChatRequest } from './ollama-api.js';
import { readKeepAlive } from './read-keep-alive.js';
import { refuseUnsupportedFields } from './refuse-unsupported-fields.js';
import { toOllamaFormat } from './to-ollama-format.js';
import { toOllamaMessages } from './to-ollama-message.js';
import { toOllamaOptions } from './to-ollama-options.js';
import { toOllamaThink } from './to-ollama-think.js';
import { toOllamaTools } from './to-ollama-tools.js';

/** Ollama heeds `top_logprobs` with `logprobs` only, and so does OpenAI. */
function toLogprobFields(request: ProviderChatRequest): Pick<OllamaChatRequest, 'logprobs' | 'top_logprobs'> {
  const { logprobs, top_logprobs: count } = request;
  if (!logprobs) {
    if (!count) return {};
    throw ApiError.invalidRequest('top_logprobs needs logprobs: true', 'top_logprobs');
  }
  return { logprobs, ...(count ? { top_logprobs: count } : {}) };
}

/**
 * OpenAI's request -> the body of `POST /api/chat`. `n` is the provider's business; a field that Ollama cannot serve is
 * refused with 400. Fields left undefined are not sent.
 */
export function toOllamaRequest(request: ProviderChatRequest, stream: boolean): OllamaChatRequest {
  refuseUnsupportedFields(request);
  return {
    model: request.model,
    messages: toOllamaMessages(request.messages),
    stream,
    truncate: false,
    shift: false,
    tools: toOllamaTools(request),
    format: toOllamaFormat(request.response_format),
    think: toOllamaThink(request),
    options: toOllamaOptions(request),
    keep_alive: readKeepAlive(request.keep_alive),
    ...toLogprobFields(request),
  };
}
