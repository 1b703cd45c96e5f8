import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsDefined, IsNotEmpty, IsObject, IsOptional, IsString, ValidateNested } from 'class-validator';
import type { JsonObject } from './json-object.js';
import { WantedWhere } from './wanted-where.js';

export class FunctionDefinition {
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
export class ChatTool {
  [field: string]: unknown;

  @ApiProperty({ minLength: 1, example: 'function' })
  @IsString()
  @IsNotEmpty()
  type!: string;

  @ApiPropertyOptional({ type: FunctionDefinition })
  @WantedWhere('type', 'function')
  @IsDefined()
  @IsObject()
  @ValidateNested()
  @Type(() => FunctionDefinition)
  function?: FunctionDefinition;
}
