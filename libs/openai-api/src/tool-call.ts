import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsDefined, IsNotEmpty, IsObject, IsString, ValidateIf, ValidateNested } from 'class-validator';
import { WantedWhere } from './wanted-where.js';

export class FunctionCall {
  [field: string]: unknown;

  @ApiProperty({ minLength: 1, example: 'get_weather' })
  @IsString()
  @IsNotEmpty()
  name!: string;

  @ApiProperty({ description: 'The arguments as JSON text.', example: '{"city":"Berlin"}' })
  @IsString()
  arguments!: string;
}

/** A call to a tool, as an assistant message carries it. Custom tools (`type: "custom"`) pass unread. */
export class ToolCall {
  [field: string]: unknown;

  @ApiProperty({ minLength: 1, example: 'call_1' })
  @IsString()
  @IsNotEmpty()
  id!: string;

  @ApiPropertyOptional({ example: 'function' })
  @ValidateIf((call: ToolCall) => call.type !== undefined)
  @IsString()
  type?: string;

  @ApiPropertyOptional({ type: FunctionCall })
  @WantedWhere('type', undefined, 'function')
  @IsDefined()
  @IsObject()
  @ValidateNested()
  @Type(() => FunctionCall)
  function?: FunctionCall;
}
