export { ApiError, type ApiErrorOptions, type ErrorBody } from './api-error.js';
export type {
  ChatCompletionRequest,
  ChatTool,
  FunctionDefinition,
  JsonSchemaFormat,
  ResponseFormat,
  StreamOptions,
} from './chat-completion-request.js';
export {
  type ChatCompletion,
  type ChatCompletionChunk,
  type ChunkChoice,
  type ChunkDelta,
  type CompletionChoice,
  type CompletionMessage,
  type CompletionToolCall,
  type CompletionUsage,
  FINISH_REASONS,
  type FinishReason,
  type ToolCallDelta,
} from './chat-completion.js';
export {
  CHAT_ROLES,
  type ChatMessage,
  type ChatRole,
  type ContentPart,
  type FunctionCall,
  type ImageUrl,
  type ToolCall,
} from './chat-message.js';
export type { Embedding, EmbeddingList, EmbeddingRequest } from './embeddings.js';
export { isJsonObject, isNothing, type JsonObject, setField, setFields } from './json-object.js';
export { JsonLimitError, type JsonLimits, JsonScanner, MAX_JSON_DEPTH } from './json-scanner.js';
export { decodeUtf8, ExactInteger, joinPieces, parseJson, type ParseJsonOptions, stringifyJson } from './json.js';
export type { Model } from './model.js';
