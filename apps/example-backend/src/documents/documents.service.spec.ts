import { LlmModule } from '@mana-llm/client/nestjs';
import { fakeLlm } from '@mana-llm/client/testing';
import { ConfigModule } from '@nestjs/config';
import { Test } from '@nestjs/testing';
import { DocumentsService } from './documents.service.js';

describe(DocumentsService.name, () => {
  const fake = fakeLlm();
  let documents: DocumentsService;

  beforeEach(async () => {
    const module = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot({ ignoreEnvFile: true, load: [() => ({ MANA_LLM_EMBEDDING_MODEL: 'fake/embed' })] }),
        LlmModule.forRoot({ baseUrl: 'http://fake', fetch: fake.fetch }),
      ],
      providers: [DocumentsService],
    }).compile();
    documents = module.get(DocumentsService);
  });
  afterEach(() => fake.reset());

  it('orders by the angle between the vectors, whatever their lengths', async () => {
    fake.onEmbeddings('wanted').replies([[1, 0]]);
    fake.onEmbeddings('across').replies([
      [0, 1],
      [9, 9],
      [0.1, 0],
    ]);
    await documents.add(['across', 'half', 'along']);
    const found = await documents.search('wanted');
    expect(found.map(({ text, score }) => [text, Number(score.toFixed(2))])).toEqual([
      ['along', 1],
      ['half', 0.71],
      ['across', 0],
    ]);
  });

  it('gives the best five', async () => {
    const texts = Array.from({ length: 7 }, (_, at) => `text ${at}`);
    expect(new Set((await documents.add(texts)).map(({ id }) => id)).size).toBe(7);
    expect(await documents.search('text')).toHaveLength(5);
  });

  it('finds nothing where there is nothing', async () => {
    expect(await documents.search('anything')).toEqual([]);
  });

  it('asks for all texts at once, of the configured model', async () => {
    await documents.add(['one', 'two']);
    expect(fake.embeddings.map(({ texts, body }) => [texts, body.model])).toEqual([[['one', 'two'], 'fake/embed']]);
  });
});
