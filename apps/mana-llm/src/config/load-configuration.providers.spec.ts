import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DEFAULT_ANSWER_LIMITS,
  DEFAULT_RENAMED_ROLES,
  KNOWN_PROVIDERS,
  type ProviderSettings,
} from '@mana-llm/llm-providers';
import { loadConfiguration } from './load-configuration.js';

const directory = mkdtempSync(join(tmpdir(), 'mana-llm-config-'));
const path = join(directory, 'mana-llm.yaml');
const modelFile = join(directory, 'small.gguf');
writeFileSync(modelFile, '');

afterAll(() => rmSync(directory, { recursive: true }));

function load(yaml = '', env: NodeJS.ProcessEnv = {}) {
  writeFileSync(path, yaml);
  return loadConfiguration({ ...env, MANA_LLM_CONFIG: path });
}

function provider(name: string, yaml: string, env: NodeJS.ProcessEnv = {}): ProviderSettings | undefined {
  return load(yaml, env).providers.settings.find((settings) => settings.name === name);
}

function policy(name: string, yaml: string, env: NodeJS.ProcessEnv = {}) {
  return load(yaml, env).routing.policies.find((candidate) => candidate.provider === name);
}

describe(loadConfiguration.name, () => {
  describe('providers', () => {
    it('gives the limits of answers to each provider', () => {
      const yaml = `limits: { answerMb: 2, jsonDepth: 64 }
providers: { groq: { apiKey: k }, box: { kind: ollama, baseUrl: http://box:11434 } }`;
      const answerLimits = { maxBytes: 2 * 1024 * 1024, maxDepth: 64 };
      expect(provider('groq', yaml)).toMatchObject({ answerLimits });
      expect(provider('box', yaml)).toMatchObject({ answerLimits });
    });

    it('puts a known provider to use by its key alone', () => {
      const [groq] = KNOWN_PROVIDERS.filter(({ name }) => name === 'groq');
      expect(provider('groq', '', { GROQ_API_KEY: 'k' })).toEqual({
        kind: 'openai-compatible',
        answerLimits: DEFAULT_ANSWER_LIMITS,
        name: 'groq',
        baseUrl: groq?.baseUrl,
        apiKey: 'k',
        headers: {},
        query: {},
        endMarker: true,
        reasoningField: 'reasoning',
        renamedFields: {},
        renamedRoles: DEFAULT_RENAMED_ROLES,
        timeouts: { connectMs: 5000, firstTokenMs: 120_000, idleMs: 60_000, totalMs: 600_000 },
      });
      expect(load('', { GROQ_API_KEY: 'k' }).providers.unconfigured.map(({ name }) => name)).not.toContain('groq');
    });

    it.each([
      [{}, true],
      [{ IMAGE_FETCH: 'on' }, true],
      [{ IMAGE_FETCH: 'OFF' }, false],
    ])('says by %j whether images are fetched for any Ollama', (env, imageFetch) => {
      const yaml = 'providers: { gpu2: { kind: ollama, baseUrl: http://gpu2:11434, embedBatch: 8 } }';
      expect(provider('ollama', yaml, env)).toMatchObject({ imageFetch, embedBatch: 64 });
      expect(provider('gpu2', yaml, env)).toMatchObject({ imageFetch, embedBatch: 8 });
    });

    it('takes no other word for that', () => {
      expect(() => load('', { IMAGE_FETCH: 'maybe' })).toThrow(/IMAGE_FETCH.*on, off/);
    });

    it('changes only what an entry under a known name says', () => {
      const yaml = 'providers: { mistral: { endMarker: false, renamedFields: { seed: seed }, headers: { a: b } } }';
      const plain = provider('mistral', '', { MISTRAL_API_KEY: 'k' });
      const renamedFields = { ...KNOWN_PROVIDERS.find(({ name }) => name === 'mistral')?.renamedFields, seed: 'seed' };
      expect(provider('mistral', yaml, { MISTRAL_API_KEY: 'k' })).toEqual({
        ...plain,
        endMarker: false,
        renamedFields,
        headers: { a: 'b' },
      });
    });

    it.each([
      ['the table', '{}', {}, KNOWN_PROVIDERS.find(({ name }) => name === 'groq')?.baseUrl],
      ['the variable', '{}', { GROQ_BASE_URL: 'http://variable/v1/' }, 'http://variable/v1'],
      ['the file', '{ baseUrl: http://file/v1// }', { GROQ_BASE_URL: 'http://variable/v1' }, 'http://file/v1'],
    ])('takes a base URL from %s', (_source, entry, env, baseUrl) => {
      expect(provider('groq', `providers: { Groq: ${entry} }`, { GROQ_API_KEY: 'k', ...env })).toMatchObject({
        baseUrl,
      });
    });

    it('takes a key from the file before the variable', () => {
      const yaml = 'providers: { groq: { apiKey: "${OTHER}" } }';
      expect(provider('groq', yaml, { OTHER: 'file', GROQ_API_KEY: 'variable' })).toMatchObject({ apiKey: 'file' });
      expect(provider('groq', yaml, { OTHER: 'file' })).toMatchObject({ apiKey: 'file' });
    });

    it('takes Ollama from OLLAMA_URL, and from the file before that', () => {
      const env = { OLLAMA_URL: 'http://variable:1/', OLLAMA_TIMEOUT: '30' };
      expect(provider('ollama', '', env)).toMatchObject({
        baseUrl: 'http://variable:1',
        timeouts: { firstTokenMs: 30_000, idleMs: 30_000, bufferedMs: 30_000, totalMs: 600_000 },
      });
      const yaml = 'providers: { ollama: { baseUrl: http://file:1, maxContext: 2048, timeouts: { idleMs: 1 } } }';
      expect(provider('ollama', yaml, env)).toMatchObject({
        baseUrl: 'http://file:1',
        maxContext: 2048,
        timeouts: { firstTokenMs: 30_000, idleMs: 1 },
      });
    });

    it('has settings for each endpoint of an Ollama, in order, that differ in the base URL only', () => {
      const [first, ...others] = load('', { OLLAMA_URL: 'http://b:1/,http://a:1' }).providers.settings;
      expect(first).toMatchObject({ name: 'ollama', baseUrl: 'http://b:1' });
      expect(others).toEqual([{ ...first, baseUrl: 'http://a:1' }]);
      const { providers, routing } = load(
        'providers: { gpu: { kind: ollama, baseUrl: [http://x/, http://y], embedBatch: 2 }, one: { kind: ollama, baseUrl: http://x } }',
      );
      expect(providers.settings).toMatchObject([
        { name: 'ollama', baseUrl: 'http://localhost:11434' },
        { name: 'gpu', baseUrl: 'http://x', embedBatch: 2 },
        { name: 'gpu', baseUrl: 'http://y', embedBatch: 2 },
        { name: 'one', baseUrl: 'http://x' },
      ]);
      expect(routing.policies.map((policy) => policy.provider)).toEqual(['ollama', 'gpu', 'one']);
    });

    it('takes endpoints from the file before those of OLLAMA_URL', () => {
      const yaml = 'providers: { ollama: { baseUrl: [http://file] } }';
      expect(load(yaml, { OLLAMA_URL: 'http://a,http://b' }).providers.settings).toMatchObject([
        { baseUrl: 'http://file' },
      ]);
    });

    it('adds providers of any kind under names of their own', () => {
      const yaml = `
        providers:
          vllm: { kind: openai-compatible, baseUrl: http://gpu:8000/v1 }
          gpu2: { kind: ollama, baseUrl: http://gpu2:11434, headers: { a: b } }
          small: { kind: embedded, model: ${modelFile} }`;
      const { settings } = load(yaml, { EMBEDDED_MODEL: 'hf:a/b', OLLAMA_TIMEOUT: '1' }).providers;
      expect(settings.map(({ name, kind }) => [name, kind])).toEqual([
        ['ollama', 'ollama'],
        ['embedded', 'embedded'],
        ['vllm', 'openai-compatible'],
        ['gpu2', 'ollama'],
        ['small', 'embedded'],
      ]);
      expect(settings[1]).toMatchObject({ model: 'hf:a/b' });
      expect(settings[2]).not.toHaveProperty('apiKey');
      expect(settings[3]).toMatchObject({ headers: { a: 'b' }, timeouts: { idleMs: 120_000, bufferedMs: 120_000 } });
      expect(settings[4]).toMatchObject({ model: modelFile });
    });

    it('takes the embedded model from the file before EMBEDDED_MODEL', () => {
      const yaml = 'providers: { embedded: { model: hf:org/file } }';
      expect(provider('embedded', yaml, { EMBEDDED_MODEL: 'variable.gguf' })).toMatchObject({ model: 'hf:org/file' });
      expect(load(yaml).providers.unconfigured.map(({ name }) => name)).not.toContain('embedded');
    });
  });

  describe('policies', () => {
    it.each([
      ['the default of its kind', '', {}, 4],
      ['the global entry', 'limits: { concurrent: 7 }', {}, 7],
      ['the variable', 'limits: { concurrent: 7 }', { OLLAMA_MAX_CONCURRENT: '6' }, 6],
      [
        'its own entry',
        '{ limits: { concurrent: 7 }, providers: { ollama: { limits: { concurrent: 5 } } } }',
        { OLLAMA_MAX_CONCURRENT: '6' },
        5,
      ],
    ])('takes the limit of Ollama from %s', (_source, yaml, env, concurrent) => {
      expect(policy('ollama', yaml, env)).toMatchObject({ concurrent, queued: 100 });
    });

    it('mixes what the provider, the file and the defaults say', () => {
      const yaml = `
        routing: { retries: 2, breaker: { failures: 9 } }
        providers: { groq: { apiKey: k, routing: { retries: 0, breaker: { openMs: 1 } }, limits: { queued: 3 } } }`;
      expect(policy('groq', yaml, { OLLAMA_MAX_CONCURRENT: '6' })).toEqual({
        provider: 'groq',
        retries: 0,
        retryBudgetMs: 10_000,
        hedgeAfterMs: 0,
        breaker: { failures: 9, openMs: 1 },
        concurrent: 0,
        queued: 3,
        totalMs: 600_000,
      });
    });
  });
});
