import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsDefined, IsNotEmpty, IsObject, IsOptional, IsString, ValidateNested } from 'class-validator';
import type { JsonSchemaFormat, ResponseFormat } from '../chat-completion-request.js';
import type { JsonObject } from '../json-object.js';
import { RequiredWhere } from './required-where.js';

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
