export { ApiError, type ApiErrorOptions } from './api-error.js';
export type { ChatCompletionChunk, ChunkChoice, ChunkDelta, ToolCallDelta } from './chat-completion-chunk.js';
export { ChatCompletionRequest, StreamOptions } from './chat-completion-request.js';
export {
  type ChatCompletion,
  type CompletionChoice,
  type CompletionMessage,
  type CompletionToolCall,
  FINISH_REASONS,
  type FinishReason,
} from './chat-completion.js';
export { CHAT_ROLES, ChatMessage, type ChatRole } from './chat-message.js';
export { ChatTool, FunctionDefinition } from './chat-tool.js';
export type { CompletionUsage } from './completion-usage.js';
export { ContentPart, ImageUrl } from './content-part.js';
export type { Embedding, EmbeddingList } from './embedding-list.js';
export { EmbeddingRequest } from './embedding-request.js';
export type { ErrorBody } from './error-body.js';
export { isJsonObject } from './is-json-object.js';
export { type JsonObject, setField, setFields } from './json-object.js';
export { JsonLimitError, type JsonLimits, JsonScanner, MAX_JSON_DEPTH } from './json-scanner.js';
export { ExactInteger, parseJson, type ParseJsonOptions, stringifyJson } from './json-text.js';
export type { Model } from './model.js';
export { JsonSchemaFormat, ResponseFormat } from './response-format.js';
export { FunctionCall, ToolCall } from './tool-call.js';
export { decodeUtf8, joinPieces } from './utf8-text.js';
export { type Condition, WANTED_WHERE } from './wanted-where.js';
