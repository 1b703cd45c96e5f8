import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KNOWN_PROVIDERS } from '@mana-llm/llm-providers';
import { ConfigurationError } from './configuration-mistake.js';
import { loadConfiguration } from './load-configuration.js';

const directory = mkdtempSync(join(tmpdir(), 'mana-llm-config-'));
const path = join(directory, 'mana-llm.yaml');

afterAll(() => rmSync(directory, { recursive: true }));

function load(yaml = '', env: NodeJS.ProcessEnv = {}) {
  writeFileSync(path, yaml);
  return loadConfiguration({ ...env, MANA_LLM_CONFIG: path });
}

describe(loadConfiguration.name, () => {
  it('works from nothing at all', () => {
    const { gateway, providers, routing, cache, warnings } = load();
    expect(gateway).toEqual({
      port: 3025,
      bodiesInFlightBytes: 256 * 1024 * 1024,
      jsonDepth: 512,
      jsonValues: 1_000_000,
      host: '0.0.0.0',
      logLevel: 'info',
      corsOrigins: undefined,
      apiKeys: [],
      unusedKeys: [],
      isKeyInQuery: false,
      protectedRoutes: [],
      allowedHosts: [],
      trustProxy: false,
      bodyLimitBytes: 50 * 1024 * 1024,
      heartbeatMs: 15_000,
      stalledClientMs: 30_000,
      responsesTtlSeconds: 86_400,
      responsesMaxBytes: 64 * 1024 * 1024,
      drainGraceMs: 5000,
      drainTimeoutMs: 60_000,
    });
    expect(providers.settings).toEqual([
      {
        kind: 'ollama',
        answerLimits: { maxBytes: 128 * 1024 * 1024, maxDepth: 512 },
        name: 'ollama',
        baseUrl: 'http://localhost:11434',
        headers: {},
        embedBatch: 64,
        imageFetch: true,
        pull: 'never',
        timeouts: { connectMs: 5000, firstTokenMs: 120_000, idleMs: 120_000, totalMs: 600_000, bufferedMs: 120_000 },
      },
    ]);
    expect(providers.unconfigured).toEqual([
      ...KNOWN_PROVIDERS.map(({ name, keyVariable }) => ({ name, keyVariable })),
      { name: 'embedded', keyVariable: 'EMBEDDED_MODEL' },
    ]);
    expect(routing).toMatchObject({ aliases: [], defaultModel: 'ollama/gemma3:4b' });
    expect(cache).toEqual({ ttlSeconds: 3600, maxWaitMs: 250, memoryMb: 64 });
    expect(warnings).toEqual([]);
  });

  it('takes the gateway from the environment and the file', () => {
    const env = { API_KEYS: 'a,b,a', GPU_API_KEY: 'c', DRAIN_GRACE: '0.25', HOST: '127.0.0.1' };
    expect(load('limits: { bodyMb: 0.001, heartbeatMs: 0, stalledClientMs: 9 }', env).gateway).toMatchObject({
      apiKeys: ['a', 'b', 'c'],
      drainGraceMs: 250,
      host: '127.0.0.1',
      bodyLimitBytes: 1048,
      heartbeatMs: 0,
      stalledClientMs: 9,
    });
  });

  it.each([
    ['false', false],
    ['2', 2],
    ['loopback, 10.0.0.0/8', ['loopback', '10.0.0.0/8']],
  ])('takes TRUST_PROXY=%s as it is', (text, trustProxy) => {
    const { gateway, warnings } = load('', { TRUST_PROXY: text });
    expect(gateway).toMatchObject({ trustProxy });
    expect(warnings).toEqual([]);
  });

  it('takes TRUST_PROXY=true for one proxy, and says what to set', () => {
    const { gateway, warnings } = load('', { TRUST_PROXY: 'true' });
    expect(gateway).toMatchObject({ trustProxy: 1 });
    expect(warnings).toEqual([
      'TRUST_PROXY=true counts as one proxy. Set TRUST_PROXY=1 or another number of proxies, or their addresses.',
    ]);
  });

  it.each<[NodeJS.ProcessEnv, object, string[]]>([
    [{ ALLOWED_HOSTS: 'a.example' }, { allowedHosts: ['a.example'] }, []],
    [
      { ALLOWED_HOSTS: 'a.example', API_KEYS: 'k' },
      { allowedHosts: ['a.example'] },
      ['ALLOWED_HOSTS has no effect: with API_KEYS, every Host is accepted.'],
    ],
    [
      { GPU_REQUIRE_AUTH: 'true' },
      { apiKeys: [] },
      ['GPU_REQUIRE_AUTH=true has no effect until API_KEYS or GPU_API_KEY is set.'],
    ],
    [{ GPU_REQUIRE_AUTH: 'false' }, { apiKeys: [] }, []],
    [
      { GPU_REQUIRE_AUTH: 'False', GPU_API_KEY: 'k' },
      { apiKeys: [], unusedKeys: ['k'] },
      ['GPU_REQUIRE_AUTH=false: keys are set, but requests need none. Anybody may call.'],
    ],
    [{ GPU_REQUIRE_AUTH: 'true', GPU_API_KEY: 'k' }, { apiKeys: ['k'] }, []],
    [{ API_KEYS: 'k' }, { isKeyInQuery: false }, []],
    [
      { API_KEYS: 'k', API_KEY_IN_QUERY: 'on' },
      { isKeyInQuery: true },
      ['API_KEY_IN_QUERY=on: proxies and browsers log URLs, and so the keys in them.'],
    ],
    [
      { PROTECT: 'metrics', API_KEYS: 'k', GPU_REQUIRE_AUTH: 'false' },
      { protectedRoutes: ['metrics'] },
      [
        'GPU_REQUIRE_AUTH=false: keys are set, but requests need none. Anybody may call.',
        'PROTECT has no effect until GPU_REQUIRE_AUTH=false is removed.',
      ],
    ],
    [{ PROTECT: 'metrics', GPU_API_KEY: 'k' }, { protectedRoutes: ['metrics'] }, []],
    [{ PROTECT: 'metrics' }, { protectedRoutes: ['metrics'] }, ['PROTECT has no effect until API_KEYS is set.']],
  ])('takes from %j who may call, and warns of what is not in use', (env, expected, expectedWarnings) => {
    const { gateway, warnings } = load('', env);
    expect(gateway).toMatchObject(expected);
    expect(warnings).toEqual(expectedWarnings);
  });

  it('takes the cache from the environment and the file', () => {
    expect(load('cache: { maxWaitMs: 9 }', { REDIS_URL: 'redis://r', CACHE_TTL: '0' }).cache).toEqual({
      redisUrl: 'redis://r',
      ttlSeconds: 0,
      maxWaitMs: 9,
      memoryMb: 64,
    });
  });

  describe('routes', () => {
    const YAML = `
      aliases:
        mana/fast: { description: Short answers, chain: [ollama/gemma3:4b, groq/x, mana/small] }
        mana/small: { chain: [embedded/small] }
      default: mana/fast`;

    it('keeps aliases in their order, and the default', () => {
      expect(load(YAML, { OLLAMA_DEFAULT_MODEL: 'unused' }).routing).toMatchObject({
        aliases: [
          {
            name: 'mana/fast',
            description: 'Short answers',
            chain: [{ model: 'ollama/gemma3:4b' }, { model: 'groq/x' }, { model: 'mana/small' }],
          },
          { name: 'mana/small', description: '', chain: [{ model: 'embedded/small' }] },
        ],
        defaultModel: 'mana/fast',
      });
    });

    it('keeps the weights of a chain', () => {
      const yaml = `
        aliases:
          a: { chain: [{ model: groq/x, weight: 1000 }, { weight: 1, model: b }, { model: xai/y, weight: }, ollama/z] }
          b: { chain: [ollama/z] }`;
      const { routing, warnings } = load(yaml, { XAI_API_KEY: 'k' });
      expect(routing.aliases[0]?.chain).toEqual([
        { model: 'groq/x', weight: 1000 },
        { model: 'b', weight: 1 },
        { model: 'xai/y' },
        { model: 'ollama/z' },
      ]);
      expect(warnings).toEqual(['aliases.a: groq/x is skipped until GROQ_API_KEY is set.']);
    });

    it('takes the default model from OLLAMA_DEFAULT_MODEL where the file names none', () => {
      expect(load('', { OLLAMA_DEFAULT_MODEL: 'hf.co/a/b' }).routing.defaultModel).toBe('ollama/hf.co/a/b');
    });

    it.each([
      [
        'DEFAULT_MODEL before the file',
        YAML,
        { DEFAULT_MODEL: 'mana/small', OLLAMA_DEFAULT_MODEL: 'x' },
        'mana/small',
        true,
      ],
      ['the file before OLLAMA_DEFAULT_MODEL', YAML, { OLLAMA_DEFAULT_MODEL: 'x' }, 'mana/fast', true],
      ['DEFAULT_MODEL without a provider', '', { DEFAULT_MODEL: 'qwen3' }, 'qwen3', true],
      ['OLLAMA_DEFAULT_MODEL, which names none', '', { OLLAMA_DEFAULT_MODEL: 'x' }, 'ollama/x', false],
    ])('takes as the default model %s', (_title, yaml, env, defaultModel, isDefaultNamed) => {
      expect(load(yaml, { GROQ_API_KEY: 'k', ...env }).routing).toMatchObject({ defaultModel, isDefaultNamed });
    });

    it.each(['nowhere/x', 'groq', 'groq/'])('refuses the DEFAULT_MODEL %s', (name) => {
      const loading = () => load('aliases: { fast: { chain: [groq/x] } }', { DEFAULT_MODEL: name });
      expect(loading).toThrow(`- DEFAULT_MODEL: found "${name}"; allowed: provider/model with a provider of ollama,`);
      expect(loading).toThrow('; or an alias (fast)');
    });

    it('warns of a DEFAULT_MODEL whose provider has no key, and not of the default that it replaces', () => {
      expect(load('default: groq/x', { DEFAULT_MODEL: 'openai/y' }).warnings).toEqual([
        'DEFAULT_MODEL: openai/y is skipped until OPENAI_API_KEY is set.',
      ]);
    });

    it('warns of candidates that are known and not in use', () => {
      expect(load(YAML).warnings).toEqual([
        'aliases.mana/fast: groq/x is skipped until GROQ_API_KEY is set.',
        'aliases.mana/small: embedded/small is skipped until EMBEDDED_MODEL is set.',
      ]);
      expect(load(YAML, { GROQ_API_KEY: 'k', EMBEDDED_MODEL: 'hf:org/m' }).warnings).toEqual([]);
    });

    it('warns of a default and of entries that are not in use', () => {
      expect(load('{ default: Groq/x, providers: { xai: { timeouts: { idleMs: 1 } } } }').warnings).toEqual([
        'default: Groq/x is skipped until GROQ_API_KEY is set.',
        'providers.xai is not in use until XAI_API_KEY is set.',
      ]);
    });
  });

  it('warns of variables that are not read, but not of those that the file reads', () => {
    const yaml = 'providers: { own: { kind: openai-compatible, baseUrl: "http://a", apiKey: "${API_KEY}" } }';
    expect(load('', { API_KEY: 'x' }).warnings).toEqual(['API_KEY is not read. Set API_KEYS.']);
    expect(load(yaml, { API_KEY: 'x' }).warnings).toEqual([]);
  });

  it.each([
    ['OLLAMA_HOST', '', { OLLAMA_HOST: '0.0.0.0' }, 'http://127.0.0.1:11434', 1],
    ['OLLAMA_URL before it', '', { OLLAMA_HOST: '0.0.0.0', OLLAMA_URL: 'http://a' }, 'http://a', 0],
    ['the file before it', 'providers: { ollama: { baseUrl: "http://b" } }', { OLLAMA_HOST: 'gpu' }, 'http://b', 0],
  ])('takes Ollama from %s', (_title, yaml, env, baseUrl, warnings) => {
    const configuration = load(yaml, env);
    expect(configuration.providers.settings[0]).toMatchObject({ name: 'ollama', baseUrl });
    expect(configuration.warnings).toEqual(
      Array(warnings).fill(`OLLAMA_URL is not set. Ollama is called at ${baseUrl}, the address in OLLAMA_HOST.`),
    );
  });

  describe('Ollama is implicit', () => {
    const isImplicit = (yaml: string, env: NodeJS.ProcessEnv): boolean | undefined =>
      load(yaml, env).routing.policies.find(({ provider }) => provider === 'ollama')?.isImplicit;

    it.each([
      ['beside another provider', '', { GROQ_API_KEY: 'k' }, true],
      [
        'with settings that do not say where it is',
        'providers: { ollama: { pull: missing } }',
        { GROQ_API_KEY: 'k' },
        true,
      ],
      ['not as the only provider', '', {}, undefined],
      ['not with OLLAMA_URL', '', { GROQ_API_KEY: 'k', OLLAMA_URL: 'http://localhost:11434' }, undefined],
      ['not with OLLAMA_HOST', '', { GROQ_API_KEY: 'k', OLLAMA_HOST: '0.0.0.0' }, undefined],
      ['not with a baseUrl', 'providers: { ollama: { baseUrl: "http://a" } }', { GROQ_API_KEY: 'k' }, undefined],
    ])('%s', (_title, yaml, env, expected) => {
      expect(isImplicit(yaml, env)).toBe(expected);
    });
  });

  it('throws one error with every mistake of the environment and the file', () => {
    const yaml = 'timeouts: { idleMs: x }\nproviders: { groq: { apiKey: "sk secret" } }';
    const loading = () => load(yaml, { PORT: 'x', API_KEYS: 'sk secret', REDIS_URL: 'sk secret' });
    expect(loading).toThrow(ConfigurationError);
    expect(loading).toThrow(
      [
        'mana-llm cannot use its configuration. It has 5 mistakes:',
        '  - PORT: found "x"; allowed: a whole number from 0 to 65535',
        '  - REDIS_URL: found a value that is not shown here; allowed: a redis:// or rediss:// URL, such as redis://:password@localhost:6379/0',
        '  - API_KEYS: found a value that is not shown here; allowed: one or more keys with commas between them, each of printable ASCII characters without blanks',
        `  - ${path}: timeouts.idleMs: found "x"; allowed: a whole number of milliseconds from 1 to 86400000`,
        `  - ${path}: providers.groq.apiKey: found a value that is not shown here; allowed: a key of printable ASCII characters without blanks`,
      ].join('\n'),
    );
  });
});
