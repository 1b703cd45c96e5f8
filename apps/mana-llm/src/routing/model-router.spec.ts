import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import type { ApiError } from '@mana-llm/openai-api';
import { poolOf, snapshotOf } from '../../test/support/routing-parts.js';
import type { Alias, ChainEntry } from '../config/configuration.js';
import { isUnconfigured, type Route } from './candidates.js';
import { ModelRouter, type RequestedModels } from './model-router.js';
import type { RoutingSnapshot, RoutingTable } from './routing-table.js';

const alias = (name: string, ...chain: (string | ChainEntry)[]): Alias => ({
  name,
  description: '',
  chain: chain.map((entry) => (typeof entry === 'string' ? { model: entry } : entry)),
});

const ALIASES: Alias[] = [
  alias('mana/fast-text', 'ollama/qwen2.5:7b', 'groq/llama-3.1-8b-instant'),
  alias('mana/any', 'mana/fast-text', 'OpenRouter/meta-llama/llama', 'gemma3:4b'),
  alias('quick', 'vllm/x'),
  alias('mana/no-key', 'openai/gpt-5'),
  alias('mana/drawn', { model: 'groq/a', weight: 1 }, { model: 'openrouter/b', weight: 1 }, 'ollama/c'),
];

const createRouter = (defaultModel?: string): ModelRouter =>
  new ModelRouter({ current: createSnapshot(defaultModel) } as RoutingTable);

function createSnapshot(defaultModel = 'ollama/gemma3:4b'): RoutingSnapshot {
  return snapshotOf({
    aliases: new Map(ALIASES.map((entry) => [entry.name, entry])),
    defaultModel,
    pools: new Map(
      ['ollama', 'openrouter', 'groq', 'vLLM', 'my.host'].map((name) => [
        name.toLowerCase(),
        poolOf([new FakeLlmProvider(name)]),
      ]),
    ),
    keyVariables: new Map([
      ['openai', 'OPENAI_API_KEY'],
      ['embedded', 'EMBEDDED_MODEL'],
    ]),
  });
}

/** `[answer's name, provider, provider's own name]` of each candidate. */
const summary = ({ candidates }: Route): unknown[] =>
  candidates.map((candidate) =>
    isUnconfigured(candidate) ? candidate : [candidate.name, candidate.pool.name, candidate.model],
  );
const namesOf = ({ candidates }: Route): string[] => candidates.map(({ name }) => name);

describe(ModelRouter.name, () => {
  it.each([
    ['ollama/gemma3:4b', 'ollama/gemma3:4b', 'ollama', 'gemma3:4b'],
    ['gemma3:4b', 'ollama/gemma3:4b', 'ollama', 'gemma3:4b'],
    ['OLLAMA/Gemma3:4B', 'ollama/Gemma3:4B', 'ollama', 'Gemma3:4B'],
    ['ollama/hf.co/bartowski/x', 'ollama/hf.co/bartowski/x', 'ollama', 'hf.co/bartowski/x'],
    [
      'openrouter/meta-llama/llama-3.1-8b-instruct',
      'openrouter/meta-llama/llama-3.1-8b-instruct',
      'openrouter',
      'meta-llama/llama-3.1-8b-instruct',
    ],
    ['OpenRouter/openrouter/auto', 'openrouter/openrouter/auto', 'openrouter', 'openrouter/auto'],
    ['hf.co/org/m:Q4_K_M', 'ollama/hf.co/org/m:Q4_K_M', 'ollama', 'hf.co/org/m:Q4_K_M'],
    ['HuggingFace.co/org/m', 'ollama/HuggingFace.co/org/m', 'ollama', 'HuggingFace.co/org/m'],
    ['localhost:5000/org/m:tag', 'ollama/localhost:5000/org/m:tag', 'ollama', 'localhost:5000/org/m:tag'],
    ['my.host/hf.co/x', 'my.host/hf.co/x', 'my.host', 'hf.co/x'],
    ['vllm/my model', 'vLLM/my model', 'vLLM', 'my model'],
    ['Mana', 'ollama/Mana', 'ollama', 'Mana'],
  ])('sends %s to one candidate', (modelName, name, provider, model) => {
    const route = createRouter().resolve({ model: modelName });
    expect(summary(route)).toEqual([[name, provider, model]]);
    expect(route.alias).toBeUndefined();
  });

  it.each([undefined, null])('sends %s to the default model', (modelName) => {
    expect(summary(createRouter().resolve({ model: modelName }))).toEqual([
      ['ollama/gemma3:4b', 'ollama', 'gemma3:4b'],
    ]);
  });

  it('takes an alias for the default', () => {
    const route = createRouter('mana/fast-text').resolve({});
    expect(route.alias).toBe('mana/fast-text');
    expect(summary(route)).toHaveLength(2);
  });

  it('sends an alias along its chain', () => {
    const route = createRouter().resolve({ model: 'mana/fast-text' });
    expect(route.alias).toBe('mana/fast-text');
    expect(summary(route)).toEqual([
      ['ollama/qwen2.5:7b', 'ollama', 'qwen2.5:7b'],
      ['groq/llama-3.1-8b-instant', 'groq', 'llama-3.1-8b-instant'],
    ]);
  });

  it('unfolds an alias inside a chain, and names the one that was asked for', () => {
    const route = createRouter().resolve({ model: 'mana/any' });
    expect(route.alias).toBe('mana/any');
    expect(route.candidates.map(({ name }) => name)).toEqual([
      'ollama/qwen2.5:7b',
      'groq/llama-3.1-8b-instant',
      'openrouter/meta-llama/llama',
      'ollama/gemma3:4b',
    ]);
  });

  it('knows an alias without a slash before it takes the name for Ollama’s', () => {
    expect(summary(createRouter().resolve({ model: 'quick' }))).toEqual([['vLLM/x', 'vLLM', 'x']]);
  });

  it('keeps the entries of a chain whose provider has no key', () => {
    expect(summary(createRouter().resolve({ model: 'mana/no-key' }))).toEqual([
      { name: 'openai/gpt-5', keyVariable: 'OPENAI_API_KEY' },
    ]);
  });

  describe('a chain of the request’s own', () => {
    it.each<[string, RequestedModels, string[]]>([
      ['instead of a model', { models: ['groq/a', 'gemma3:4b'] }, ['groq/a', 'ollama/gemma3:4b']],
      ['behind a model', { model: 'ollama/x', models: ['groq/a'] }, ['ollama/x', 'groq/a']],
      ['with the model in it again', { model: 'groq/a', models: ['groq/a', 'ollama/x'] }, ['groq/a', 'ollama/x']],
      [
        'with an alias',
        { models: ['mana/fast-text', 'vllm/x'] },
        ['ollama/qwen2.5:7b', 'groq/llama-3.1-8b-instant', 'vLLM/x'],
      ],
      ['that is empty', { models: [] }, ['ollama/gemma3:4b']],
      ['that is empty, behind a model', { model: 'groq/a', models: [] }, ['groq/a']],
    ])('is tried %s', (_how, requested, names) => {
      expect(namesOf(createRouter().resolve(requested))).toEqual(names);
    });

    it('keeps entries without a key, which are skipped', () => {
      expect(namesOf(createRouter().resolve({ models: ['openai/gpt-5', 'groq/a'] }))).toEqual([
        'openai/gpt-5',
        'groq/a',
      ]);
    });

    it('is the model alone where it names that again', () => {
      const refused = () => createRouter().resolve({ model: 'openai/gpt-5', models: ['openai/gpt-5'] });
      expect(refused).toThrow(/OPENAI_API_KEY/);
    });

    it('is the alias where it names one alone', () => {
      expect(createRouter().resolve({ models: ['mana/fast-text'] }).alias).toBe('mana/fast-text');
    });

    it('answers 404 where one of its names leads nowhere', () => {
      expect(() => createRouter().resolve({ models: ['groq/a', 'nowhere/x'] })).toThrow(/nowhere\/x/);
    });
  });

  describe('weights', () => {
    afterEach(() => jest.restoreAllMocks());

    it.each([
      [0, ['groq/a', 'openrouter/b', 'ollama/c']],
      [0.9, ['openrouter/b', 'groq/a', 'ollama/c']],
    ])('draw the order among neighbours: %d', (drawn, names) => {
      jest.spyOn(Math, 'random').mockReturnValue(drawn);
      const route = createRouter().resolve({ model: 'mana/drawn' });
      expect(namesOf(route)).toEqual(names);
      expect(route.names).toEqual(['groq/a', 'openrouter/b', 'ollama/c']);
    });
  });

  describe('what it remembers', () => {
    let table: { current: RoutingSnapshot };
    let sut: ModelRouter;

    beforeEach(() => {
      table = { current: createSnapshot() };
      sut = new ModelRouter(table as RoutingTable);
    });

    it.each<[string, RequestedModels]>([
      ['a model', { model: 'groq/a' }],
      ['an alias', { model: 'mana/any' }],
      ['the default', {}],
    ])('is the route of %s, up to the next snapshot', (_what, requested) => {
      const route = sut.resolve(requested);
      expect(sut.resolve(requested)).toBe(route);
      table.current = createSnapshot();
      const next = sut.resolve(requested);
      expect(next).not.toBe(route);
      expect(namesOf(next)).toEqual(namesOf(route));
    });

    it.each<[string, RequestedModels]>([
      ['a chain that is drawn by weight', { model: 'mana/drawn' }],
      ['a chain of the request’s own', { model: 'groq/a', models: ['ollama/x'] }],
      ['a name without end', { model: `groq/${'a'.repeat(1_000)}` }],
    ])('is not the route of %s', (_what, requested) => {
      const route = sut.resolve(requested);
      expect(sut.resolve(requested)).not.toBe(route);
    });

    it('has a bound', () => {
      const route = sut.resolve({ model: 'groq/a' });
      for (let number = 0; number < 1_000; number += 1) sut.resolve({ model: `groq/${number}` });
      expect(sut.resolve({ model: 'groq/a' })).not.toBe(route);
    });
  });

  const refusal = (modelName: string): ApiError => {
    try {
      createRouter().resolve({ model: modelName });
    } catch (error) {
      return error as ApiError;
    }
    throw new Error(`${modelName} leads somewhere`);
  };

  it.each(['nowhere/x', 'gpt-4.1/x', 'hf.co/', 'mana/unknown', '/x', 'ollama/', '/'])(
    'answers 404 to %s, naming the providers',
    (name) => {
      const error = refusal(name);
      expect(error.status).toBe(404);
      expect(error).toMatchObject({
        message: `The model \`${name}\` does not exist: a name is provider/model, with one of these providers: embedded, groq, my.host, ollama, openai, openrouter, vLLM.`,
        type: 'invalid_request_error',
        param: 'model',
        code: 'model_not_found',
      });
    },
  );

  it.each([
    ['openai/gpt-5', 'openai/gpt-5', 'OPENAI_API_KEY'],
    ['OpenAI/gpt-5', 'openai/gpt-5', 'OPENAI_API_KEY'],
    ['embedded/gemma', 'embedded/gemma', 'EMBEDDED_MODEL'],
  ])('answers 404 to %s, naming the variable to set', (modelName, name, variable) => {
    const error = refusal(modelName);
    expect(error.status).toBe(404);
    expect(error).toMatchObject({
      message: `The model \`${name}\` cannot be used: its provider is not configured. Set ${variable} in the gateway's environment.`,
      type: 'invalid_request_error',
      param: 'model',
      code: 'model_not_found',
    });
  });
});
