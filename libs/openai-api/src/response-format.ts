import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsDefined, IsNotEmpty, IsObject, IsOptional, IsString, ValidateIf, ValidateNested } from 'class-validator';
import type { JsonObject } from './json-object.js';

export class JsonSchemaFormat {
  [field: string]: unknown;

  @ApiPropertyOptional({ example: 'answer' })
  @IsOptional()
  @IsString()
  name?: string;

  @ApiPropertyOptional({ description: 'A JSON schema.', type: 'object', additionalProperties: true })
  @IsOptional()
  @IsObject()
  schema?: JsonObject;
}

/** The form that the answer must have: `text`, `json_object` or `json_schema`. */
export class ResponseFormat {
  [field: string]: unknown;

  @ApiProperty({ example: 'json_object' })
  @IsString()
  @IsNotEmpty()
  type!: string;

  @ApiPropertyOptional({ type: JsonSchemaFormat })
  @ValidateIf((format: ResponseFormat) => format.type === 'json_schema')
  @IsDefined()
  @IsObject()
  @ValidateNested()
  @Type(() => JsonSchemaFormat)
  json_schema?: JsonSchemaFormat;
}
