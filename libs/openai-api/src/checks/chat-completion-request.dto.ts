import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import type { ChatCompletionRequest, StreamOptions } from '../chat-completion-request.js';
import type { ExactInteger } from '../json.js';
import { ChatMessageDto, HasFewParts } from './chat-message.dto.js';
import { ChatToolDto, ResponseFormatDto } from './chat-tool.dto.js';
import { IntegerField, IsStringOrStrings, ModelField, ModelsField, NumberField } from './field-checks.js';

/** Longer than any real conversation. Each message and each tool costs work, whatever its length. */
export const MAX_MESSAGES = 10_000;
export const MAX_TOOLS = 10_000;

@ApiSchema({ name: 'StreamOptions' })
export class StreamOptionsDto implements StreamOptions {
  [field: string]: unknown;

  @ApiPropertyOptional({
    type: Boolean,
    nullable: true,
    description: 'Ask for one last frame with the usage of the whole stream.',
  })
  @IsOptional()
  @IsBoolean()
  include_usage?: boolean | null;
}

/**
 * The body of `POST /v1/chat/completions`. What the gateway uses is checked; every other field is kept as sent and
 * reaches OpenAI-compatible providers. Ranges are those of OpenAI's API description (`CreateChatCompletionRequest`).
 */
@ApiSchema({ name: 'ChatCompletionRequest' })
export class ChatCompletionRequestDto implements ChatCompletionRequest {
  [field: string]: unknown;

  @ModelField()
  model?: string | null;

  @ModelsField()
  models?: string[] | null;

  @ApiProperty({ type: [ChatMessageDto], minItems: 1, maxItems: MAX_MESSAGES })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MAX_MESSAGES)
  @HasFewParts()
  @ValidateNested({ each: true, message: 'messages must hold objects, each with a role and content' })
  @Type(() => ChatMessageDto)
  messages!: ChatMessageDto[];

  @ApiPropertyOptional({ type: Boolean, nullable: true, default: false })
  @IsOptional()
  @IsBoolean()
  stream?: boolean | null;

  @ApiPropertyOptional({ type: StreamOptionsDto, nullable: true })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => StreamOptionsDto)
  stream_options?: StreamOptionsDto | null;

  @NumberField(0, 2)
  temperature?: number | null;

  @NumberField(0, 1)
  top_p?: number | null;

  @IntegerField(1)
  max_tokens?: number | null;

  @IntegerField(1)
  max_completion_tokens?: number | null;

  @ApiPropertyOptional({ type: 'integer', nullable: true, minimum: 1, maximum: 128, default: 1 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(128)
  n?: number | null;

  @ApiPropertyOptional({
    oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
    nullable: true,
  })
  @IsOptional()
  @IsStringOrStrings()
  stop?: string | string[] | null;

  @ApiPropertyOptional({ type: 'integer', nullable: true })
  @IsOptional()
  @IsInt()
  seed?: number | ExactInteger | null;

  @NumberField(-2, 2)
  frequency_penalty?: number | null;

  @NumberField(-2, 2)
  presence_penalty?: number | null;

  @ApiPropertyOptional({ type: Boolean, nullable: true })
  @IsOptional()
  @IsBoolean()
  logprobs?: boolean | null;

  @IntegerField(0, 20)
  top_logprobs?: number | null;

  @ApiPropertyOptional({ type: [ChatToolDto], maxItems: MAX_TOOLS, nullable: true })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_TOOLS)
  @ValidateNested({ each: true, message: 'tools must hold objects with a type' })
  @Type(() => ChatToolDto)
  tools?: ChatToolDto[] | null;

  @ApiPropertyOptional({ type: ResponseFormatDto, nullable: true })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ResponseFormatDto)
  response_format?: ResponseFormatDto | null;

  @ApiPropertyOptional({ type: String, nullable: true, example: 'low' })
  @IsOptional()
  @IsString()
  reasoning_effort?: string | null;
}
