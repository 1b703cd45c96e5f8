import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsDefined, IsNotEmpty, IsObject, IsOptional, IsString, ValidateNested } from 'class-validator';
import type { ChatTool, FunctionDefinition, JsonSchemaFormat, ResponseFormat } from '../chat-completion-request.js';
import type { JsonObject } from '../json-object.js';
import { RequiredWhere } from './field-checks.js';

@ApiSchema({ name: 'FunctionDefinition' })
export class FunctionDefinitionDto implements FunctionDefinition {
  [field: string]: unknown;

  @ApiProperty({ minLength: 1, example: 'get_weather' })
  @IsString()
  @IsNotEmpty()
  name!: string;

  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @IsString()
  description?: string | null;

  @ApiPropertyOptional({ description: 'A JSON schema.', type: 'object', additionalProperties: true, nullable: true })
  @IsOptional()
  @IsObject()
  parameters?: JsonObject | null;
}

/** A tool that the model may call. Types other than `function` pass unread to providers that know them. */
@ApiSchema({ name: 'ChatTool' })
export class ChatToolDto implements ChatTool {
  [field: string]: unknown;

  @ApiProperty({ minLength: 1, example: 'function' })
  @IsString()
  @IsNotEmpty()
  type!: string;

  @ApiPropertyOptional({ type: FunctionDefinitionDto })
  @RequiredWhere('type', 'function')
  @IsDefined()
  @IsObject()
  @ValidateNested()
  @Type(() => FunctionDefinitionDto)
  function?: FunctionDefinitionDto;
}

@ApiSchema({ name: 'JsonSchemaFormat' })
export class JsonSchemaFormatDto implements JsonSchemaFormat {
  [field: string]: unknown;

  @ApiPropertyOptional({ type: String, nullable: true, example: 'answer' })
  @IsOptional()
  @IsString()
  name?: string | null;

  @ApiPropertyOptional({ description: 'A JSON schema.', type: 'object', additionalProperties: true, nullable: true })
  @IsOptional()
  @IsObject()
  schema?: JsonObject | null;
}

/** The form that the answer must have: `text`, `json_object` or `json_schema`. */
@ApiSchema({ name: 'ResponseFormat' })
export class ResponseFormatDto implements ResponseFormat {
  [field: string]: unknown;

  @ApiProperty({ minLength: 1, example: 'json_object' })
  @IsString()
  @IsNotEmpty()
  type!: string;

  @ApiPropertyOptional({ type: JsonSchemaFormatDto })
  @RequiredWhere('type', 'json_schema')
  @IsDefined()
  @IsObject()
  @ValidateNested()
  @Type(() => JsonSchemaFormatDto)
  json_schema?: JsonSchemaFormatDto;
}
