import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsDefined, IsNotEmpty, IsObject, IsOptional, IsString, ValidateIf, ValidateNested } from 'class-validator';
import type { JsonObject } from './json-object.js';

export class FunctionDefinition {
  [field: string]: unknown;

  @ApiProperty({ example: 'get_weather' })
  @IsString()
  @IsNotEmpty()
  name!: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  description?: string;

  @ApiPropertyOptional({ description: 'A JSON schema.', type: 'object', additionalProperties: true })
  @IsOptional()
  @IsObject()
  parameters?: JsonObject;
}

/** A tool that the model may call. Types other than `function` pass unread to providers that know them. */
export class ChatTool {
  [field: string]: unknown;

  @ApiProperty({ example: 'function' })
  @IsString()
  @IsNotEmpty()
  type!: string;

  @ApiPropertyOptional({ type: FunctionDefinition })
  @ValidateIf((tool: ChatTool) => tool.type === 'function')
  @IsDefined()
  @IsObject()
  @ValidateNested()
  @Type(() => FunctionDefinition)
  function?: FunctionDefinition;
}
