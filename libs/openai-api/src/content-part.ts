import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsDefined, IsNotEmpty, IsObject, IsString, ValidateIf, ValidateNested } from 'class-validator';

export class ImageUrl {
  [field: string]: unknown;

  @ApiProperty({ description: 'A data URL (`data:image/png;base64,...`) or an http(s) URL.' })
  @IsString()
  @IsNotEmpty()
  url!: string;

  @ApiPropertyOptional({ enum: ['auto', 'low', 'high'] })
  detail?: string;
}

/**
 * One part of a message's content. `text` and `image_url` are read here; every other type (`input_audio`, `file`,
 * a provider's own) is left to the provider, which refuses what it cannot do.
 */
export class ContentPart {
  [field: string]: unknown;

  @ApiProperty({ example: 'text' })
  @IsString()
  @IsNotEmpty()
  type!: string;

  @ApiPropertyOptional({ example: 'What is in this picture?' })
  @ValidateIf((part: ContentPart) => part.type === 'text')
  @IsString()
  text?: string;

  @ApiPropertyOptional({ type: ImageUrl })
  @ValidateIf((part: ContentPart) => part.type === 'image_url')
  @IsDefined()
  @IsObject()
  @ValidateNested()
  @Type(() => ImageUrl)
  image_url?: ImageUrl;
}
