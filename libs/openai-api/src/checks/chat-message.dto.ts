import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayNotEmpty,
  IsArray,
  IsIn,
  IsOptional,
  IsString,
  ValidateBy,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { CHAT_ROLES, type ChatMessage, type ChatRole } from '../chat-message.js';
import { isJsonObject } from '../json-object.js';
import { ContentPartDto, ToolCallDto } from './message-parts.dto.js';
import { describeCondition, type FieldCondition, RequiredWhere } from './field-checks.js';

/** Null and no content are OpenAI's way to say "only tool calls here" and "the function returned nothing". */
const ROLES_WITHOUT_CONTENT: readonly ChatRole[] = ['assistant', 'function'];
const CONTENT_REQUIRED: FieldCondition = {
  by: 'role',
  values: CHAT_ROLES.filter((role) => !ROLES_WITHOUT_CONTENT.includes(role)),
  isAlwaysChecked: true,
};

function hasContentToCheck(message: ChatMessageDto): boolean {
  if (typeof message.content === 'string') return false;
  return !(message.content === null || message.content === undefined) || !ROLES_WITHOUT_CONTENT.includes(message.role);
}

/** One message of a conversation, in any role. Fields that are not named here are kept and passed on. */
@ApiSchema({ name: 'ChatMessage' })
export class ChatMessageDto implements ChatMessage {
  [field: string]: unknown;

  @ApiProperty({ enum: CHAT_ROLES, example: 'user' })
  @IsIn(CHAT_ROLES)
  role!: ChatRole;

  @ApiPropertyOptional({
    description: 'Text, or a list of content parts (text, image_url, ...).',
    oneOf: [{ type: 'string' }, { type: 'array', minItems: 1, items: { $ref: '#/components/schemas/ContentPart' } }],
    nullable: true,
    ...describeCondition(CONTENT_REQUIRED),
    example: 'Say hello in one sentence.',
  })
  @ValidateIf(hasContentToCheck)
  @IsArray({ message: 'content must be a string or a list of content parts' })
  @ArrayNotEmpty({ message: 'content must not be an empty list' })
  @ValidateNested({ each: true, message: 'content must hold content parts, each an object with a type' })
  @Type(() => ContentPartDto)
  content?: string | ContentPartDto[] | null;

  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @IsString()
  name?: string | null;

  @ApiPropertyOptional({ type: [ToolCallDto], nullable: true })
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true, message: 'tool_calls must hold objects with an id and a function' })
  @Type(() => ToolCallDto)
  tool_calls?: ToolCallDto[] | null;

  @ApiPropertyOptional({ description: 'Which call a `tool` message answers.' })
  @RequiredWhere('role', 'tool')
  @IsString()
  tool_call_id?: string;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'What an assistant turn thought, as answers here carry it.',
  })
  @IsOptional()
  @IsString()
  reasoning_content?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'The same under its other name.' })
  @IsOptional()
  @IsString()
  reasoning?: string | null;
}

/** Content parts and tool calls of one conversation. Each costs work, whatever its length. */
export const MAX_PARTS = 20_000;

const lengthOf = (list: unknown): number => (Array.isArray(list) ? list.length : 0);

/** Content parts and tool calls of all messages. */
function countParts(messages: readonly unknown[]): number {
  let count = 0;
  for (const message of messages) {
    if (isJsonObject(message)) count += lengthOf(message['content']) + lengthOf(message['tool_calls']);
  }
  return count;
}

/** A class-validator rule for a list of messages: it has no more than `MAX_PARTS`. */
export function HasFewParts(): PropertyDecorator {
  return ValidateBy({
    name: 'hasFewParts',
    validator: {
      validate: (value: unknown) => Array.isArray(value) && countParts(value) <= MAX_PARTS,
      defaultMessage: () => `$property must hold no more than ${MAX_PARTS} content parts and tool calls together`,
    },
  });
}
