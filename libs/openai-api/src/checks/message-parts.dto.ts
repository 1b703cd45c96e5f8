import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsDefined, IsNotEmpty, IsObject, IsOptional, IsString, ValidateIf, ValidateNested } from 'class-validator';
import type { ContentPart, FunctionCall, ImageUrl, ToolCall } from '../chat-message.js';
import { RequiredWhere } from './field-checks.js';

@ApiSchema({ name: 'ImageUrl' })
export class ImageUrlDto implements ImageUrl {
  [field: string]: unknown;

  @ApiProperty({ minLength: 1, description: 'A data URL (`data:image/png;base64,...`) or an http(s) URL.' })
  @IsString()
  @IsNotEmpty()
  url!: string;

  @ApiPropertyOptional({ type: String, nullable: true, example: 'auto' })
  @IsOptional()
  @IsString()
  detail?: string | null;
}

/**
 * One part of a message's content. `text` and `image_url` are read here; every other type (`input_audio`, `file`,
 * a provider's own) is left to the provider, which refuses what it cannot do.
 */
@ApiSchema({ name: 'ContentPart' })
export class ContentPartDto implements ContentPart {
  [field: string]: unknown;

  @ApiProperty({ minLength: 1, example: 'text' })
  @IsString()
  @IsNotEmpty()
  type!: string;

  @ApiPropertyOptional({ example: 'What is in this picture?' })
  @RequiredWhere('type', 'text')
  @IsString()
  text?: string;

  @ApiPropertyOptional({ type: ImageUrlDto })
  @RequiredWhere('type', 'image_url')
  @IsDefined()
  @IsObject()
  @ValidateNested()
  @Type(() => ImageUrlDto)
  image_url?: ImageUrlDto;
}

@ApiSchema({ name: 'FunctionCall' })
export class FunctionCallDto implements FunctionCall {
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
@ApiSchema({ name: 'ToolCall' })
export class ToolCallDto implements ToolCall {
  [field: string]: unknown;

  @ApiProperty({ minLength: 1, example: 'call_1' })
  @IsString()
  @IsNotEmpty()
  id!: string;

  @ApiPropertyOptional({ example: 'function' })
  @ValidateIf((call: ToolCallDto) => call.type !== undefined)
  @IsString()
  type?: string;

  @ApiPropertyOptional({ type: FunctionCallDto })
  @RequiredWhere('type', undefined, 'function')
  @IsDefined()
  @IsObject()
  @ValidateNested()
  @Type(() => FunctionCallDto)
  function?: FunctionCallDto;
}
