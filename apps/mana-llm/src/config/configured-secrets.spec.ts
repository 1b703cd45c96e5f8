import type { OllamaSettings, OpenAiCompatibleSettings, ProviderSettings } from '@mana-llm/llm-providers';
import type { CacheConfig, GatewayConfig } from './configuration.js';
import { configuredSecrets } from './configured-secrets.js';

const openAi = (fields: Partial<OpenAiCompatibleSettings>): ProviderSettings =>
  ({
    kind: 'openai-compatible',
    name: 'vllm',
    baseUrl: 'http://vllm',
    headers: {},
    query: {},
    ...fields,
  }) as ProviderSettings;
const ollama = (fields: Partial<OllamaSettings>): ProviderSettings =>
  ({ kind: 'ollama', name: 'ollama', baseUrl: 'http://ollama', headers: {}, ...fields }) as ProviderSettings;

const secretsOf = (settings: ProviderSettings[], redisUrl?: string, keys: Partial<GatewayConfig> = {}): string[] =>
  configuredSecrets({
    gateway: { apiKeys: [], unusedKeys: [], ...keys } as unknown as GatewayConfig,
    providers: { settings, unconfigured: [] },
    cache: { ...(redisUrl === undefined ? {} : { redisUrl }) } as CacheConfig,
  });

describe(configuredSecrets.name, () => {
  it('has the keys of the callers and of the providers, and the values of headers and queries', () => {
    const settings = [
      openAi({ apiKey: 'the-key', headers: { 'x-a': 'a-value' }, query: { code: 'a-code' } }),
      ollama({ headers: { authorization: 'Basic dXNlcg==' } }),
    ];
    expect(secretsOf(settings, undefined, { apiKeys: ['a-caller'], unusedKeys: ['another'] })).toEqual(
      expect.arrayContaining([
        ...['a-caller', 'another', 'the-key', 'a-value', 'a-code'],
        ...['Basic dXNlcg==', 'dXNlcg=='],
      ]),
    );
  });

  it.each([
    ['http://gpu-box:11434', ['http://gpu-box:11434', 'gpu-box:11434']],
    ['https://api.groq.com/openai/v1', ['https://api.groq.com/openai/v1', 'api.groq.com']],
    ['http://10.0.0.7:80/v1', ['http://10.0.0.7:80/v1', '10.0.0.7']],
    ['http://llama-server/v1', ['http://llama-server/v1']],
  ])('has an address, and the machine in it where that is no plain name: %s', (baseUrl, expected) => {
    expect(new Set(secretsOf([ollama({ baseUrl })]).filter(Boolean))).toEqual(new Set(expected));
  });

  it('has the password of Redis, as it is and as it stands in the URL', () => {
    const url = 'redis://user:p%40ssword@cache:6379/0';
    expect(secretsOf([], url)).toEqual(expect.arrayContaining([url, 'cache:6379', 'p%40ssword', 'p@ssword']));
    expect(secretsOf([], 'redis://:100%25@cache:6379')).toContain('100%');
    expect(secretsOf([], 'redis://:100%@cache:6379')).toContain('100%');
  });

  it('has no key that is a provider’s name', () => {
    expect(secretsOf([openAi({ name: 'lm-studio', apiKey: 'lm-studio' })])).not.toContain('lm-studio');
  });

  it('has nothing of the embedded model', () => {
    expect(secretsOf([{ kind: 'embedded', name: 'embedded', model: '/models/x.gguf' } as ProviderSettings])).toEqual(
      [],
    );
  });
});
