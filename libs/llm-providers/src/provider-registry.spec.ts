import { Test } from '@nestjs/testing';
import { EmbeddedProvider } from './embedded/embedded.provider.js';
import type { LlmProvider } from './llm-provider.js';
import { LlmProvidersModule } from './llm-providers.module.js';
import { OllamaProvider } from './ollama/ollama.provider.js';
import { OpenAiCompatibleProvider } from './openai-compatible/openai-compatible.provider.js';
import { ProviderRegistry } from './provider-registry.js';
import type { OllamaSettings, ProviderSettings } from './provider-settings.js';

const timeouts = { connectMs: 1, firstTokenMs: 1, idleMs: 1, totalMs: 1 };

const ollama = (endpoint: string, name = 'ollama'): OllamaSettings => ({
  kind: 'ollama',
  name,
  baseUrl: `http://${endpoint}.invalid`,
  headers: {},
  embedBatch: 64,
  imageFetch: true,
  pull: 'never',
  timeouts,
});

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
  ollama('ollama'),
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
    const endpoints = registry.endpointsOf(name);
    expect(endpoints).toHaveLength(1);
    expect(endpoints[0]).toBe(registry.all()[0]);
  });

  it.each(['', 'together', 'constructor'])('knows no provider called %j', (name) => {
    expect(create().endpointsOf(name)).toEqual([]);
  });

  describe('with several endpoints behind one name', () => {
    const [groq] = PROVIDERS as [ProviderSettings];
    const several = (): ProviderRegistry =>
      new ProviderRegistry({ providers: [ollama('a'), groq, ollama('b', 'Ollama'), ollama('a')] });

    it('has them in their order, equal ones too', () => {
      const endpoints = several().endpointsOf('OLLAMA');
      expect(endpoints.map(({ name }) => name)).toEqual(['ollama', 'Ollama', 'ollama']);
      expect(new Set(endpoints).size).toBe(3);
    });

    it('has all of them provider after provider, and each name once', () => {
      const registry = several();
      expect(registry.all()).toEqual([...registry.endpointsOf('ollama'), ...registry.endpointsOf('groq')]);
      expect(registry.names()).toEqual(['ollama', 'Groq']);
    });
  });

  describe('the key of an endpoint', () => {
    const keysOf = (...settings: OllamaSettings[]): (string | undefined)[] => {
      const registry = new ProviderRegistry({ providers: settings });
      return registry.all().map((provider) => registry.keyOf(provider));
    };

    it('belongs to its provider and its address, wherever it stands and whatever else is set', () => {
      const [a, b] = keysOf(ollama('a'), ollama('b'));
      expect(a).not.toBe(b);
      expect(keysOf(ollama('b'), { ...ollama('a', 'OLLAMA'), embedBatch: 1 })).toEqual([b, a]);
      expect(keysOf(ollama('a', 'gpu'))).not.toEqual([a]);
    });

    it('shows no address', () => {
      expect(keysOf(ollama('a'))).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/)]);
    });

    it('is not known of a provider that is not in use', () => {
      const registry = new ProviderRegistry({ providers: [ollama('a')] });
      expect(registry.replace([]).map((gone) => registry.keyOf(gone))).toEqual([undefined]);
    });
  });

  describe('taking over new settings', () => {
    const create = (...endpoints: string[]): ProviderRegistry =>
      new ProviderRegistry({ providers: endpoints.map((endpoint) => ollama(endpoint)) });
    const replace = (registry: ProviderRegistry, ...endpoints: string[]): LlmProvider[] =>
      registry.replace(endpoints.map((endpoint) => ollama(endpoint)));

    it('keeps the endpoints whose settings are the same, in the new order, and gives back the others', () => {
      const registry = create('a', 'b', 'c');
      const [a, b, c] = registry.endpointsOf('ollama');
      expect(replace(registry, 'c', 'd', 'a')).toEqual([b]);
      const endpoints = registry.endpointsOf('ollama');
      expect(endpoints).toHaveLength(3);
      expect([endpoints[0], endpoints[2]]).toEqual([c, a]);
      expect(endpoints[0]).toBe(c);
      expect(endpoints[2]).toBe(a);
      expect([a, b, c]).not.toContain(endpoints[1]);
    });

    it('matches equal settings one to one', () => {
      const registry = create('a', 'a');
      const [first, second] = registry.endpointsOf('ollama');
      const gone = replace(registry, 'a');
      expect(registry.endpointsOf('ollama')[0]).toBe(first);
      expect(gone).toHaveLength(1);
      expect(gone[0]).toBe(second);
      expect(replace(registry, 'a', 'a')).toEqual([]);
      expect(registry.endpointsOf('ollama')[0]).toBe(first);
      expect(registry.endpointsOf('ollama')[1]).not.toBe(second);
    });

    it('makes an endpoint anew whose settings differ deep inside', () => {
      const registry = create('a');
      const before = registry.all();
      const gone = registry.replace([{ ...ollama('a'), timeouts: { ...timeouts, idleMs: 2 } }]);
      expect(gone[0]).toBe(before[0]);
      expect(registry.all()[0]).not.toBe(before[0]);
    });

    it('forgets a provider that is gone', () => {
      const registry = create('a');
      expect(registry.replace([])).toHaveLength(1);
      expect([registry.endpointsOf('ollama'), registry.all(), registry.names()]).toEqual([[], [], []]);
    });

    it('changes nothing where an endpoint cannot be made', () => {
      const registry = create('a', 'b');
      const before = registry.all();
      const broken = { kind: 'other', name: 'x' } as unknown as ProviderSettings;
      expect(() => registry.replace([ollama('b'), broken])).toThrow('unknown provider kind');
      expect(registry.all()).toEqual(before);
      expect(replace(registry, 'a', 'b')).toEqual([]);
    });

    it('closes the current endpoints at the end, and leaves the others to whoever took them out', async () => {
      const registry = create('a', 'b');
      const [gone] = replace(registry, 'b', 'c');
      const closeOf = (provider: LlmProvider | undefined): jest.SpyInstance => jest.spyOn(provider as never, 'close');
      const [closeGone, ...closes] = [gone, ...registry.all()].map(closeOf);
      await registry.onModuleDestroy();
      expect(closeGone).not.toHaveBeenCalled();
      for (const close of closes) expect(close).toHaveBeenCalledTimes(1);
    });
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
