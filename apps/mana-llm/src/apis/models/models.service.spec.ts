import { type CallContext, type LlmProvider, UpstreamError } from '@mana-llm/llm-providers';
import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import type { Model } from '@mana-llm/openai-api';
import { Logger } from '@nestjs/common';
import { poolOf, snapshotOf } from '../../../test/support/routing-parts.js';
import { ModelRouter } from '../../routing/model-router.js';
import type { RoutingTable } from '../../routing/routing-table.js';
import { FAILURE_MEMORY_MS } from '../../routing/endpoints/ask-provider.js';
import { ModelsService } from './models.service.js';

const REFUSED = new UpstreamError('groq refused the connection.', { provider: 'groq', kind: 'connection_failed' });

function model(id: string): Model {
  return { id, object: 'model', created: 1, owned_by: 'somebody' };
}

function providerOf(name: string, ...models: string[]): FakeLlmProvider {
  return new FakeLlmProvider(name, { listModels: async () => models.map((each) => model(`${name}/${each}`)) });
}

function deadProvider(name: string): FakeLlmProvider {
  return new FakeLlmProvider(name, { listModels: () => Promise.reject(REFUSED) });
}

const ALIAS = { name: 'mana/unset', description: 'Not there', chain: [{ model: 'mistral/small' }] };

/** Each list of providers is one provider with as many endpoints. */
function serviceOf(...providers: (LlmProvider | [LlmProvider, ...LlmProvider[]])[]): ModelsService {
  const pools = providers.map((endpoints) => poolOf(Array.isArray(endpoints) ? endpoints : [endpoints]));
  const current = snapshotOf({
    aliases: new Map([[ALIAS.name, ALIAS]]),
    pools: new Map(pools.map((pool) => [pool.name, pool])),
    keyVariables: new Map([['mistral', 'MISTRAL_API_KEY']]),
  });
  const table = { current, allEndpoints: () => pools.flatMap(({ endpoints }) => endpoints) } as unknown as RoutingTable;
  return new ModelsService(table, new ModelRouter(table));
}

const ALIAS_MODEL = { id: 'mana/unset', object: 'model', created: 0, owned_by: 'alias', description: 'Not there' };

describe(ModelsService.name, () => {
  const context: CallContext = { signal: new AbortController().signal, requestId: 'req-1' };
  const warn = jest.spyOn(Logger.prototype, 'warn');
  const log = jest.spyOn(Logger.prototype, 'log');

  beforeEach(() => {
    warn.mockReset();
    log.mockReset();
  });

  describe('list', () => {
    it('gives all models by provider, in the order of the registry', async () => {
      const service = serviceOf(providerOf('ollama', 'gemma3:4b', 'a'), providerOf('groq', 'llama'));

      const list = await service.list(context);

      expect(list.object).toBe('list');
      expect(list.data.map(({ id }) => id)).toEqual(['mana/unset', 'ollama/gemma3:4b', 'ollama/a', 'groq/llama']);
    });

    it('gives the aliases alone when no provider answers', async () => {
      expect(await serviceOf(deadProvider('groq')).list(context)).toEqual({ object: 'list', data: [ALIAS_MODEL] });
    });

    it('gives a model that several endpoints of a provider have once', async () => {
      const service = serviceOf([providerOf('ollama', 'a', 'b'), providerOf('ollama', 'b', 'c')]);
      expect((await service.list(context)).data.slice(1).map(({ id }) => id)).toEqual([
        'ollama/a',
        'ollama/b',
        'ollama/c',
      ]);
    });

    it('leaves a dead provider out and says so once', async () => {
      const service = serviceOf(deadProvider('groq'), providerOf('ollama', 'gemma3:4b'));

      await service.list(context);
      const list = await service.list(context);

      expect(list.data.map(({ id }) => id)).toEqual(['mana/unset', 'ollama/gemma3:4b']);
      expect(warn.mock.calls).toEqual([['the models of groq are left out: groq refused the connection.']]);
    });

    it('lists a provider that came back, and says so once', async () => {
      jest.useFakeTimers();
      const answers: (() => Promise<Model[]>)[] = [
        () => Promise.reject(REFUSED),
        () => Promise.resolve([model('groq/llama')]),
      ];
      const groq = new FakeLlmProvider('groq', { listModels: () => answers.shift()?.() ?? Promise.reject(REFUSED) });
      const service = serviceOf(groq);

      await service.list(context);
      jest.advanceTimersByTime(FAILURE_MEMORY_MS);
      const list = await service.list(context);
      await service.list(context);
      jest.useRealTimers();

      expect(list.data.map(({ id }) => id)).toEqual(['mana/unset', 'groq/llama']);
      expect(log.mock.calls).toEqual([['groq lists its models again']]);
    });

    it('does not call a provider dead because the caller left', async () => {
      const controller = new AbortController();
      const service = serviceOf(new FakeLlmProvider('groq', { listModels: () => new Promise(() => undefined) }));

      const list = service.list({ signal: controller.signal, requestId: 'req-1' });
      controller.abort(new Error('gone'));

      await expect(list).rejects.toThrow('gone');
      expect(warn).not.toHaveBeenCalled();
    });
  });

  describe('find', () => {
    it.each([
      ['ollama/gemma3:4b', 'ollama/gemma3:4b'],
      ['Ollama/gemma3:4b', 'ollama/gemma3:4b'],
      ['gemma3:4b', 'ollama/gemma3:4b'],
      ['ollama/phi', 'ollama/phi:latest'],
      ['ollama/hf.co/bartowski/x', 'ollama/hf.co/bartowski/x'],
      ['openrouter/meta-llama/llama-3.1-8b-instruct', 'openrouter/meta-llama/llama-3.1-8b-instruct'],
    ])('finds %s as %s', async (id, found) => {
      const service = serviceOf(
        providerOf('ollama', 'gemma3:4b', 'phi:latest', 'hf.co/bartowski/x'),
        providerOf('openrouter', 'meta-llama/llama-3.1-8b-instruct'),
      );

      expect((await service.find(id, context)).id).toBe(found);
    });

    it.each([
      ['ollama/unknown', 'The model `ollama/unknown` does not exist. GET /v1/models lists the models that do.'],
      ['nowhere/llama', expect.stringContaining('provider')],
      ['mistral/small', expect.stringContaining('MISTRAL_API_KEY')],
    ])('answers 404 for %s', async (id, message) => {
      await expect(serviceOf(providerOf('ollama', 'gemma3:4b')).find(id, context)).rejects.toMatchObject({
        status: 404,
        message,
        code: 'model_not_found',
        param: 'model',
        type: 'invalid_request_error',
      });
    });

    it('finds an alias', async () => {
      expect(await serviceOf().find('mana/unset', context)).toEqual(ALIAS_MODEL);
    });

    it('asks all endpoints of a provider, and bears one that is dead', async () => {
      const service = serviceOf([deadProvider('ollama'), providerOf('ollama', 'a'), providerOf('ollama', 'b')]);
      expect((await service.find('ollama/b', context)).id).toBe('ollama/b');
      await expect(service.find('ollama/c', context)).rejects.toBe(REFUSED);
    });

    it('asks the one provider only', async () => {
      const other = new FakeLlmProvider('groq');

      await serviceOf(providerOf('ollama', 'a'), other).find('ollama/a', context);

      expect(other.calls).toHaveLength(0);
    });

    it('fails as the provider did when that cannot tell', async () => {
      await expect(serviceOf(deadProvider('groq')).find('groq/llama', context)).rejects.toBe(REFUSED);
    });
  });
});
