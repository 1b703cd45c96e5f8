import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ExtractPersonDto } from './people.dto.js';
import { type Person, PeopleService } from './people.service.js';

@Controller('people')
export class PeopleController {
  constructor(private readonly people: PeopleService) {}

  @Post()
  @HttpCode(200)
  extract(@Body() { text }: ExtractPersonDto): Promise<Person> {
    return this.people.extract(text);
  }
}
