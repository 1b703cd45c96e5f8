import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsDefined, IsNotEmpty, IsObject, IsOptional, IsString, ValidateNested } from 'class-validator';
import { WantedWhere } from './wanted-where.js';

export class ImageUrl {
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
export class ContentPart {
  [field: string]: unknown;

  @ApiProperty({ minLength: 1, example: 'text' })
  @IsString()
  @IsNotEmpty()
  type!: string;

  @ApiPropertyOptional({ example: 'What is in this picture?' })
  @WantedWhere('type', 'text')
  @IsString()
  text?: string;

  @ApiPropertyOptional({ type: ImageUrl })
  @WantedWhere('type', 'image_url')
  @IsDefined()
  @IsObject()
  @ValidateNested()
  @Type(() => ImageUrl)
  image_url?: ImageUrl;
}
