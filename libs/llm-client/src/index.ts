export { type LlmCallOptions, type LlmClientOptions, type LlmUsage } from './call-options.js';
export type { LlmStream } from './chat-stream.js';
export type { LlmEmbedOptions } from './embed.js';
export {
  LlmAbortError,
  type LlmAttempt,
  LlmAuthenticationError,
  LlmContextLengthError,
  LlmError,
  type LlmErrorDetails,
  LlmObjectError,
  LlmRateLimitError,
  LlmRequestError,
  LlmStreamBrokenError,
  LlmTimeoutError,
  type LlmTimeoutKind,
  LlmUnavailableError,
} from './errors.js';
export type { LlmHealth, LlmProviderHealth } from './health.js';
export {
  createLlmClient,
  type LlmChatRequest,
  type LlmClient,
  type LlmObjectOptions,
  type LlmTextOptions,
} from './llm-client.js';
export type { LlmJsonSchema, LlmSchema, LlmUncheckedSchema } from './object.js';
export type { LlmPrompt } from './text.js';
export type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatMessage,
  ChatTool,
  CompletionUsage,
  ContentPart,
  Model,
} from '@mana-llm/openai-api';
