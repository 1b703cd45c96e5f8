import 'reflect-metadata';
import { deepStrictEqual, strictEqual } from 'node:assert';
import { it } from 'node:test';
import { Test } from '@nestjs/testing';
import { lastValueFrom, toArray } from 'rxjs';
import { LlmService, llmToken } from '@mana-llm/client/nestjs';
import { fakeLlm } from '@mana-llm/client/testing';
import { AppModule } from './app.module.js';
import { ChatController } from './chat.controller.js';

// As an author of the application would test it, without a gateway.

void it('streams the answer, and says where it broke', async () => {
  const fake = fakeLlm();
  fake
    .onChat('hello')
    .streams(['Hel', 'lo'])
    .fails('cut', { pieces: ['Hel'] });
  const llm = new LlmService({ baseUrl: 'http://fake', fetch: fake.fetch });
  const testing = Test.createTestingModule({ imports: [AppModule] });
  const module = await testing.overrideProvider(llmToken()).useValue(llm).compile();
  const readEvents = () => lastValueFrom(module.get(ChatController).events('fake').pipe(toArray()));

  deepStrictEqual(await readEvents(), [{ data: 'Hel' }, { data: 'lo' }, { type: 'done', data: '[DONE]' }]);
  strictEqual((await readEvents()).at(-1)?.type, 'error');
  await fake.close();
});
