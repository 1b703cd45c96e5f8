import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsDefined, IsNotEmpty, IsObject, IsOptional, IsString, ValidateNested } from 'class-validator';
import type { JsonObject } from './json-object.js';
import { WantedWhere } from './wanted-where.js';

export class JsonSchemaFormat {
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
export class ResponseFormat {
  [field: string]: unknown;

  @ApiProperty({ minLength: 1, example: 'json_object' })
  @IsString()
  @IsNotEmpty()
  type!: string;

  @ApiPropertyOptional({ type: JsonSchemaFormat })
  @WantedWhere('type', 'json_schema')
  @IsDefined()
  @IsObject()
  @ValidateNested()
  @Type(() => JsonSchemaFormat)
  json_schema?: JsonSchemaFormat;
}
