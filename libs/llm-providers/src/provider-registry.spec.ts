import { Test } from '@nestjs/testing';
import { EmbeddedProvider } from './embedded/embedded.provider.js';
import { LlmProvidersModule } from './llm-providers.module.js';
import { OllamaProvider } from './ollama/ollama.provider.js';
import { OpenAiCompatibleProvider } from './openai-compatible/openai-compatible.provider.js';
import { ProviderRegistry } from './provider-registry.js';
import type { ProviderSettings } from './provider-settings.js';

const timeouts = { connectMs: 1, firstTokenMs: 1, idleMs: 1, totalMs: 1 };

const PROVIDERS: ProviderSettings[] = [
  {
    kind: 'openai-compatible',
    name: 'Groq',
    baseUrl: 'http://groq.invalid/v1',
    headers: {},
    query: {},
    endMarker: true,
    renamedFields: {},
    renamedRoles: {},
    timeouts,
  },
  {
    kind: 'ollama',
    name: 'ollama',
    baseUrl: 'http://ollama.invalid',
    headers: {},
    embedBatch: 64,
    imageFetch: true,
    pull: 'never',
    timeouts,
  },
  { kind: 'embedded', name: 'embedded', model: '/nowhere/model.gguf', timeouts },
];

describe(ProviderRegistry.name, () => {
  const create = (): ProviderRegistry => new ProviderRegistry({ providers: PROVIDERS });

  it('holds an adapter of its kind for each entry, in their order', () => {
    const all = create().all();
    expect(all.map(({ constructor }) => constructor)).toEqual([
      OpenAiCompatibleProvider,
      OllamaProvider,
      EmbeddedProvider,
    ]);
    expect(all.map(({ name }) => name)).toEqual(['Groq', 'ollama', 'embedded']);
  });

  it.each(['groq', 'Groq', 'GROQ'])('finds %s whatever its case', (name) => {
    const registry = create();
    expect(registry.get(name)).toBe(registry.all()[0]);
  });

  it.each(['', 'together', 'constructor'])('knows no provider called %j', (name) => {
    expect(create().get(name)).toBeUndefined();
  });

  it('closes every provider at the end', async () => {
    const registry = create();
    const closes = registry.all().map((provider) => jest.spyOn(provider, 'close' as never));
    await registry.onModuleDestroy();
    for (const close of closes) expect(close).toHaveBeenCalledTimes(1);
  });

  it('refuses a kind that nobody knows', () => {
    const settings = { kind: 'other', name: 'x' } as unknown as ProviderSettings;
    expect(() => new ProviderRegistry({ providers: [settings] })).toThrow('unknown provider kind');
  });
});

describe(LlmProvidersModule.name, () => {
  it('gives every module the registry, from options made at once or later', async () => {
    for (const imported of [
      LlmProvidersModule.forRoot({ providers: PROVIDERS }),
      LlmProvidersModule.forRootAsync({ useFactory: async () => ({ providers: PROVIDERS }) }),
    ]) {
      const app = await Test.createTestingModule({ imports: [imported] }).compile();
      expect(app.get(ProviderRegistry).all()).toHaveLength(3);
      await app.close();
    }
  });
});
