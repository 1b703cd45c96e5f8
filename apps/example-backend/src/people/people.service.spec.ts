import { LlmObjectError } from '@mana-llm/client';
import { LlmModule } from '@mana-llm/client/nestjs';
import { fakeLlm } from '@mana-llm/client/testing';
import { Test } from '@nestjs/testing';
import { PeopleService } from './people.service.js';

const TEXT = 'Ada Lovelace wrote the first program.';
const ADA = { name: 'Ada Lovelace', birthYear: null, occupation: 'programmer' };

describe(PeopleService.name, () => {
  const fake = fakeLlm();
  let people: PeopleService;

  beforeAll(async () => {
    const module = await Test.createTestingModule({
      imports: [LlmModule.forRoot({ baseUrl: 'http://fake', fetch: fake.fetch })],
      providers: [PeopleService],
    }).compile();
    people = module.get(PeopleService);
  });
  afterEach(() => fake.reset());

  it('asks for a person by its schema', async () => {
    fake.onChat(TEXT).replies(JSON.stringify(ADA));
    expect(await people.extract(TEXT)).toEqual(ADA);
    expect(fake.chats[0]!.body.response_format).toMatchObject({
      json_schema: { name: 'person', schema: { required: ['name', 'birthYear', 'occupation'] } },
    });
  });

  it('has an answer corrected that is no person', async () => {
    fake.onChat(TEXT).replies('{"name":"Ada Lovelace","birthYear":"1815"}', JSON.stringify(ADA));
    expect(await people.extract(TEXT)).toEqual(ADA);
    expect(fake.chats).toHaveLength(2);
  });

  it('gives up after one correction, and keeps what the model wrote', async () => {
    fake.onChat(TEXT).replies('I know no such person.');
    const failure: unknown = await people.extract(TEXT).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(LlmObjectError);
    expect(failure).toMatchObject({ text: 'I know no such person.' });
  });
});
