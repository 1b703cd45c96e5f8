import { InjectLlm, LlmService } from '@mana-llm/client/nestjs';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';

/** The descriptions go to the model with the schema. */
const Person = z.object({
  name: z.string().min(1).describe('First and last name'),
  birthYear: z.number().int().nullable().describe('null where the text does not say it'),
  occupation: z.string().nullable().describe('null where the text does not say it'),
});
export type Person = z.infer<typeof Person>;

const INSTRUCTION = 'Extract the person that the text is about. Use what the text says, and nothing else.';

@Injectable()
export class PeopleService {
  constructor(@InjectLlm() private readonly llm: LlmService) {}

  extract(text: string): Promise<Person> {
    return this.llm.object(
      Person,
      [
        { role: 'system', content: INSTRUCTION },
        { role: 'user', content: text },
      ],
      { name: 'person', temperature: 0 },
    );
  }
}
