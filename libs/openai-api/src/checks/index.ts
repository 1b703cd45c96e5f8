export { ChatCompletionRequestDto, MAX_MESSAGES, MAX_TOOLS, StreamOptionsDto } from './chat-completion-request.dto.js';
export { ChatMessageDto, MAX_PARTS } from './chat-message.dto.js';
export { ChatToolDto, FunctionDefinitionDto } from './chat-tool.dto.js';
export { EmbeddingRequestDto } from './embedding-request.dto.js';
export { ContentPartDto, FunctionCallDto, ImageUrlDto, ToolCallDto } from './message-parts.dto.js';
export { type FieldCondition, REQUIRED_WHERE } from './field-checks.js';
export { JsonSchemaFormatDto, ResponseFormatDto } from './chat-tool.dto.js';
export { IntegerField, NumberField } from './field-checks.js';
export { ModelField, ModelsField } from './field-checks.js';
