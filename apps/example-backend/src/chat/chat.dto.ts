import { IsString, Length } from 'class-validator';

export class ChatQuery {
  @IsString()
  @Length(1, 4_000)
  prompt!: string;
}
