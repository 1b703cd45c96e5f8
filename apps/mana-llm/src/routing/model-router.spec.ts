import type { LlmProvider, ProviderRegistry } from '@mana-llm/llm-providers';
import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import type { ApiError } from '@mana-llm/openai-api';
import type { Alias, RoutingConfig } from '../config/configuration.js';
import { isUnconfigured, type Route } from './candidate.js';
import { ModelRouter } from './model-router.js';

const ALIASES: Alias[] = [
  {
    name: 'mana/fast-text',
    description: 'Short answers',
    chain: [{ model: 'ollama/qwen2.5:7b' }, { model: 'groq/llama-3.1-8b-instant' }],
  },
  {
    name: 'mana/any',
    description: '',
    chain: [{ model: 'mana/fast-text' }, { model: 'OpenRouter/meta-llama/llama' }, { model: 'gemma3:4b' }],
  },
  { name: 'quick', description: '', chain: [{ model: 'vllm/x' }] },
  { name: 'mana/no-key', description: '', chain: [{ model: 'openai/gpt-5' }] },
];

function createRouter(defaultModel = 'ollama/gemma3:4b'): ModelRouter {
  const providers: LlmProvider[] = ['ollama', 'openrouter', 'groq', 'vLLM'].map((name) => new FakeLlmProvider(name));
  const registry: Pick<ProviderRegistry, 'hostsOf' | 'names'> = {
    hostsOf: (name) => providers.filter((provider) => provider.name.toLowerCase() === name.toLowerCase()),
    names: () => providers.map(({ name }) => name),
  };
  const routing: RoutingConfig = { aliases: ALIASES, defaultModel, policies: [] };
  const unconfigured = [
    { name: 'openai', keyVariable: 'OPENAI_API_KEY' },
    { name: 'embedded', keyVariable: 'EMBEDDED_MODEL' },
  ];
  return new ModelRouter(registry as ProviderRegistry, routing, { settings: [], unconfigured });
}

/** `[answer's name, provider, provider's own name]` of each candidate. */
const summary = ({ candidates }: Route): unknown[] =>
  candidates.map((candidate) =>
    isUnconfigured(candidate) ? candidate : [candidate.name, candidate.provider.name, candidate.model],
  );

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
    ['vllm/my model', 'vLLM/my model', 'vLLM', 'my model'],
    ['Mana', 'ollama/Mana', 'ollama', 'Mana'],
  ])('sends %s to one candidate', (modelName, name, provider, model) => {
    const route = createRouter().resolve(modelName);
    expect(summary(route)).toEqual([[name, provider, model]]);
    expect(route.alias).toBeUndefined();
  });

  it.each([undefined, null])('sends %s to the default model', (modelName) => {
    expect(summary(createRouter().resolve(modelName))).toEqual([['ollama/gemma3:4b', 'ollama', 'gemma3:4b']]);
  });

  it('takes an alias for the default', () => {
    const route = createRouter('mana/fast-text').resolve(undefined);
    expect(route.alias).toBe('mana/fast-text');
    expect(summary(route)).toHaveLength(2);
  });

  it('sends an alias along its chain', () => {
    const route = createRouter().resolve('mana/fast-text');
    expect(route.alias).toBe('mana/fast-text');
    expect(summary(route)).toEqual([
      ['ollama/qwen2.5:7b', 'ollama', 'qwen2.5:7b'],
      ['groq/llama-3.1-8b-instant', 'groq', 'llama-3.1-8b-instant'],
    ]);
  });

  it('unfolds an alias inside a chain, and names the one that was asked for', () => {
    const route = createRouter().resolve('mana/any');
    expect(route.alias).toBe('mana/any');
    expect(route.candidates.map(({ name }) => name)).toEqual([
      'ollama/qwen2.5:7b',
      'groq/llama-3.1-8b-instant',
      'openrouter/meta-llama/llama',
      'ollama/gemma3:4b',
    ]);
  });

  it('knows an alias without a slash before it takes the name for Ollama’s', () => {
    expect(summary(createRouter().resolve('quick'))).toEqual([['vLLM/x', 'vLLM', 'x']]);
  });

  it('keeps the entries of a chain whose provider has no key', () => {
    expect(summary(createRouter().resolve('mana/no-key'))).toEqual([
      { name: 'openai/gpt-5', keyVariable: 'OPENAI_API_KEY' },
    ]);
  });

  const refusal = (modelName: string): ApiError => {
    try {
      createRouter().resolve(modelName);
    } catch (error) {
      return error as ApiError;
    }
    throw new Error(`${modelName} leads somewhere`);
  };

  it.each(['nowhere/x', 'hf.co/bartowski/x', 'mana/unknown', '/x', 'ollama/', '/'])(
    'answers 404 to %s, naming the providers',
    (name) => {
      const error = refusal(name);
      expect(error.status).toBe(404);
      expect(error.body.error).toEqual({
        message: `The model \`${name}\` does not exist: a name is provider/model, with one of these providers: embedded, groq, ollama, openai, openrouter, vLLM.`,
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
    expect(error.body.error).toEqual({
      message: `The model \`${name}\` cannot be used: its provider is not configured. Set ${variable} in the gateway's environment.`,
      type: 'invalid_request_error',
      param: 'model',
      code: 'model_not_found',
    });
  });
});
