import { IsString, Length } from 'class-validator';

export class ExtractPersonDto {
  @IsString()
  @Length(1, 20_000)
  text!: string;
}
