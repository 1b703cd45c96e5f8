import { ArrayMaxSize, ArrayMinSize, IsArray, IsString, Length } from 'class-validator';

export class AddDocumentsDto {
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @Length(1, 4_000, { each: true })
  texts!: string[];
}

export class SearchQuery {
  @IsString()
  @Length(1, 1_000)
  q!: string;
}
