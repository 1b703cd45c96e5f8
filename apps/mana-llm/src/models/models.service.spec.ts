import { type CallContext, type LlmProvider, type ProviderRegistry, UpstreamError } from '@mana-llm/llm-providers';
import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import type { Model } from '@mana-llm/openai-api';
import { Logger } from '@nestjs/common';
import { ModelRouter } from '../routing/model-router.js';
import { FAILURE_MEMORY_MS } from './provider-listing.js';
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

function serviceOf(...providers: LlmProvider[]): ModelsService {
  const fake: Pick<ProviderRegistry, 'all' | 'hostsOf' | 'names'> = {
    all: () => providers,
    hostsOf: (name) => providers.filter((provider) => provider.name === name.toLowerCase()),
    names: () => providers.map(({ name }) => name),
  };
  const registry = fake as ProviderRegistry;
  const routing = {
    aliases: [{ name: 'mana/unset', description: '', chain: [{ model: 'mistral/small' }] }],
    defaultModel: 'ollama/gemma3:4b',
    policies: [],
  };
  const unconfigured = [{ name: 'mistral', keyVariable: 'MISTRAL_API_KEY' }];
  return new ModelsService(registry, new ModelRouter(registry, routing, { settings: [], unconfigured }));
}

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
      expect(list.data.map(({ id }) => id)).toEqual(['ollama/gemma3:4b', 'ollama/a', 'groq/llama']);
    });

    it('is empty when no provider answers', async () => {
      expect(await serviceOf(deadProvider('groq')).list(context)).toEqual({ object: 'list', data: [] });
    });

    it('leaves a dead provider out and says so once', async () => {
      const service = serviceOf(deadProvider('groq'), providerOf('ollama', 'gemma3:4b'));

      await service.list(context);
      const list = await service.list(context);

      expect(list.data.map(({ id }) => id)).toEqual(['ollama/gemma3:4b']);
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

      expect(list.data.map(({ id }) => id)).toEqual(['groq/llama']);
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
      ['mana/unset', expect.stringContaining('GET /v1/models')],
    ])('answers 404 for %s', async (id, message) => {
      await expect(serviceOf(providerOf('ollama', 'gemma3:4b')).find(id, context)).rejects.toMatchObject({
        status: 404,
        message,
        body: { error: { code: 'model_not_found', param: 'model', type: 'invalid_request_error' } },
      });
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
