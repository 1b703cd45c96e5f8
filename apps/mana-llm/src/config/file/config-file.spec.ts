import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfigFile } from './config-file.js';
import { readConfigText } from './config-text.js';

const directory = mkdtempSync(join(tmpdir(), 'mana-llm-config-'));
const path = join(directory, 'f.yaml');

afterAll(() => rmSync(directory, { recursive: true }));

function read(yaml: string, env: NodeJS.ProcessEnv = {}) {
  writeFileSync(path, yaml);
  return readConfigFile(env, readConfigText(path));
}

function findMistakes(yaml: string, env: NodeJS.ProcessEnv = {}) {
  return read(yaml, env).mistakes.map((mistake) => ({ ...mistake, key: mistake.key.replace(`${path}: `, '') }));
}

describe(readConfigFile.name, () => {
  it.each([
    '',
    '# only a comment',
    'providers:\naliases:\ntimeouts:\ndefault:',
    '{}',
    'providers: { groq: { apiKey: } }',
    'timeouts: { idleMs: }\nrouting: { breaker: { failures: } }',
    'providers: { groq: { headers: { x-team: }, query: { a: }, renamedRoles: { b: }, renamedFields: { c: } } }',
    'aliases: { a: { description: , chain: [{ model: groq/x, weight: }] } }',
  ])('finds nothing wrong with %j', (yaml) => {
    expect(read(yaml).mistakes).toEqual([]);
  });

  it('reads every key that it has', () => {
    const { value, mistakes } = read(
      `
      providers:
        VLLM:
          kind: openai-compatible
          baseUrl: http://gpu-box:8000/v1
          apiKey: "\${VLLM_API_KEY}"
          headers: { x-team: "a b" }
          query: { api-version: 2026-01-01 }
          endMarker: false
          renamedFields: { max_completion_tokens: max_tokens, user: null }
          renamedRoles: { developer: user }
          timeouts: { connectMs: 1, firstTokenMs: 2, idleMs: 3, totalMs: 4 }
          routing: { retries: 0, retryBudgetMs: 0, breaker: { failures: 1000000, openMs: 1 }, hedgeAfterMs: 0 }
          limits: { concurrent: 0, queued: 0 }
        gpu2: { kind: ollama, baseUrl: http://gpu2:11434, headers: {}, maxContext: 2048, embedBatch: 8, pull: missing }
        small: { kind: embedded, model: hf:org/small }
        ollama: { timeouts: { idleMs: 5 } }
      aliases:
        mana/fast-text: { description: Short answers, chain: [ollama/qwen2.5:7b, groq/llama-3.1-8b-instant, vllm/x] }
      default: mana/fast-text
      timeouts: { connectMs: 5000, firstTokenMs: 120000, idleMs: 60000, totalMs: 600000 }
      routing: { retries: 1, retryBudgetMs: 10000, breaker: { failures: 5, openMs: 30000 } }
      limits: { bodyMb: 0.5, concurrent: 0, queued: 100, heartbeatMs: 0, stalledClientMs: 30000 }
      cache: { maxWaitMs: 250, memoryMb: 64 }
      `,
      { VLLM_API_KEY: 'k' },
    );
    expect(mistakes).toEqual([]);
    expect([...value.providers.keys()]).toEqual(['vllm', 'gpu2', 'small', 'ollama']);
    expect(value.providers.get('vllm')).toMatchObject({
      kind: 'openai-compatible',
      entry: { apiKey: 'k', renamedFields: { user: null }, routing: { breaker: { failures: 1_000_000 } } },
    });
    expect(value.aliases.get('mana/fast-text')?.chain).toHaveLength(3);
    expect(value.root).toMatchObject({ default: 'mana/fast-text', limits: { bodyMb: 0.5 }, cache: { memoryMb: 64 } });
  });

  it.each([
    ['timeout: {}', 'timeout', 'an unknown key', 'providers, aliases, default, timeouts, routing, limits, cache'],
    ['timeouts: { idle: 1 }', 'timeouts.idle', 'an unknown key', 'connectMs, firstTokenMs, idleMs, totalMs'],
    ['routing: { breaker: { after: 1 } }', 'routing.breaker.after', 'an unknown key', 'failures, openMs'],
    ['cache: { ttl: 1 }', 'cache.ttl', 'an unknown key', 'maxWaitMs, memoryMb'],
    [
      'providers: { a: { kind: embedded, model: x, baseUrl: y } }',
      'providers.a.baseUrl',
      'an unknown key',
      'model, kind',
    ],
    ['providers: { ollama: { apiKey: x } }', 'providers.ollama.apiKey', 'an unknown key', 'baseUrl, headers'],
    ['providers: { groq: { limits: { bodyMb: 1 } } }', 'providers.groq.limits.bodyMb', 'an unknown key', 'concurrent'],
    ['timeouts: 5', 'timeouts', 'a number', 'a mapping of keys to values'],
    ['timeouts: []', 'timeouts', 'a list', 'a mapping of keys to values'],
    ['timeouts: [{ connectMs: x }]', 'timeouts', 'a list', 'a mapping of keys to values'],
    ['timeouts: { idleMs: 0 }', 'timeouts.idleMs', '0', 'a whole number of milliseconds from 1 to 86400000'],
    ['timeouts: { idleMs: 1s }', 'timeouts.idleMs', '"1s"', 'a whole number of milliseconds'],
    ['timeouts: { idleMs: { a: 1 } }', 'timeouts.idleMs', 'a mapping', 'a whole number of milliseconds'],
    ['routing: { breaker: { failures: 0.5 } }', 'routing.breaker.failures', '0.5', 'a whole number from 1'],
    ['limits: { answerMb: 512 }', 'limits.answerMb', '512', 'a number of MiB from 0.001 to 256'],
    ['limits: { jsonDepth: 8 }', 'limits.jsonDepth', '8', 'a whole number of levels from 16 to 4096'],
    ['limits: { bodyMb: 0 }', 'limits.bodyMb', '0', 'a number of MiB from 0.001 to 1024'],
    ['limits: { concurrent: yes }', 'limits.concurrent', '"yes"', 'a whole number from 0'],
    ['default: 5', 'default', '5', 'a model (provider/model) or an alias'],
    ['providers: [a]', 'providers', 'a list', 'a mapping of provider names'],
    ['aliases: none', 'aliases', 'a string', 'a mapping of alias names'],
    ['aliases: { a: [groq/x] }', 'aliases.a', 'a list', 'a mapping with a description and a chain'],
    ['aliases: { a: { description: b } }', 'aliases.a.chain', 'nothing', 'a list of one or more models'],
    ['aliases: { a: { chain: [] } }', 'aliases.a.chain', 'a list', 'a list of one or more models'],
    ['aliases: { a: { chain: [groq/x, ] , b: 1 } }', 'aliases.a.b', 'an unknown key', 'description, chain'],
    ['aliases: { a: { chain: groq/x } }', 'aliases.a.chain', '"groq/x"', 'a list of one or more models'],
    [
      'aliases: { a: { chain: [groq/x, [groq/y]] } }',
      'aliases.a.chain',
      'a list',
      'mappings with a model and a weight',
    ],
    ['aliases: { a: { chain: [groq/x, { weight: 1 }] } }', 'aliases.a.chain[1].model', 'nothing', 'a model (provider/'],
    ['aliases: { a: { chain: [{ model: a b }] } }', 'aliases.a.chain[0].model', '"a b"', 'a model (provider/model)'],
    ['aliases: { a: { chain: [{ model: 5 }] } }', 'aliases.a.chain[0].model', '5', 'a model (provider/model)'],
    [
      'aliases: { a: { chain: [{ model: x, wait: 1 }] } }',
      'aliases.a.chain[0].wait',
      'an unknown key',
      'model, weight',
    ],
    ['aliases: { a: { chain: [{ model: x, weight: 0 }] } }', 'aliases.a.chain[0].weight', '0', 'a whole number from 1'],
    ['aliases: { a: { chain: [{ model: x, weight: 1001 }] } }', 'aliases.a.chain[0].weight', '1001', '1 to 1000'],
    ['aliases: { a: { chain: [{ model: x, weight: 0.5 }] } }', 'aliases.a.chain[0].weight', '0.5', '1 to 1000'],
    [
      'aliases: { a: { chain: [{ model: "${NO}/x" }] } }',
      'aliases.a.chain[0].model',
      '${NO}, which is not set',
      'NAME',
    ],
    [
      'aliases: { a: { chain: [{ model: grok/x, weight: 1 }] } }',
      'aliases.a.chain[0]',
      '"grok/x"',
      'provider/model with',
    ],
    ['aliases: { a: }', 'aliases.a.chain', 'nothing', 'a list of one or more models'],
    ['providers: { a: }', 'providers.a.kind', 'nothing', 'openai-compatible, ollama, embedded'],
    ['providers: { a: sk-secret }', 'providers.a', 'a string', 'a mapping of keys to values'],
    ['providers: { a: { baseUrl: "http://x" } }', 'providers.a.kind', 'nothing', 'openai-compatible, ollama, embedded'],
    ['providers: { a: { kind: openai } }', 'providers.a.kind', '"openai"', 'openai-compatible, ollama, embedded'],
    ['providers: { groq: { kind: ollama } }', 'providers.groq.kind', '"ollama"', 'openai-compatible'],
    ['providers: { a: { kind: ollama } }', 'providers.a.baseUrl', 'nothing', 'a baseUrl, which kind ollama needs'],
    ['providers: { a: { kind: embedded } }', 'providers.a.model', 'nothing', 'a model, which kind embedded needs'],
    ['providers: { a b: { kind: embedded, model: x } }', 'providers.a b', '"a b"', 'a provider name of a-z'],
    ['providers: { a: { kind: ollama, baseUrl: x } }', 'providers.a.baseUrl', '"x"', 'one http:// or https:// URL'],
    [
      'providers: { ollama: { baseUrl: "http://a,http://b" } }',
      'providers.ollama.baseUrl',
      '"http://a,http://b"',
      'one',
    ],
    ['providers: { ollama: { baseUrl: [http://a, x] } }', 'providers.ollama.baseUrl', 'a list', 'up to 64 of them'],
    ['providers: { ollama: { baseUrl: [http://a, 5] } }', 'providers.ollama.baseUrl', 'a list', 'in a list'],
    ['providers: { ollama: { baseUrl: [http://a, http://a/] } }', 'providers.ollama.baseUrl', 'a list', 'each once'],
    ['providers: { ollama: { baseUrl: [] } }', 'providers.ollama.baseUrl', 'a list', 'one http:// or https:// URL'],
    [
      'providers: { groq: { baseUrl: [http://a/v1] } }',
      'providers.groq.baseUrl',
      'a list',
      'one http:// or https:// URL',
    ],
    [
      'providers: { ollama: { baseUrl: ["${NO}"] } }',
      'providers.ollama.baseUrl[0]',
      '${NO}, which is not set',
      '${NAME}',
    ],
    ['providers: { Groq: {}, groq: {} }', 'providers.groq', 'a second entry', 'one entry for groq'],
    ['providers: { groq: { endMarker: "no" } }', 'providers.groq.endMarker', '"no"', 'true, false'],
    [
      'providers: { groq: { renamedFields: { a: 1 } } }',
      'providers.groq.renamedFields',
      'a mapping',
      'a mapping of request',
    ],
    [
      'providers: { groq: { renamedRoles: { a: "" } } }',
      'providers.groq.renamedRoles',
      'a mapping',
      'a mapping of roles',
    ],
    ['providers: { ollama: { pull: always } }', 'providers.ollama.pull', '"always"', 'never, missing'],
    ['providers: { groq: { query: { a: "${NO}" } } }', 'providers.groq.query.a', '${NO}, which is not set', '${NAME}'],
    ['providers: { groq: { baseUrl: "${NO}" } }', 'providers.groq.baseUrl', '${NO}, which is not set', '${NAME}'],
    ['aliases: { a: { chain: ["${NO}/x"] } }', 'aliases.a.chain[0]', '${NO}, which is not set', '${NAME}'],
    ['nothing: "${NO}"', 'nothing', '${NO}, which is not set', '${NAME}'],
    [
      'aliases: { a: { chain: [grok/x] } }',
      'aliases.a.chain[0]',
      '"grok/x"',
      'provider/model with a provider of ollama',
    ],
  ])('finds the mistake in %s', (yaml, key, found, allowed) => {
    expect(findMistakes(yaml)).toContainEqual({ key, found, allowed: expect.stringContaining(allowed) as string });
  });

  it.each([
    ['foo:', 'foo'],
    ['timeouts: { foo: }', 'timeouts.foo'],
    ['routing: { breaker: { foo: } }', 'routing.breaker.foo'],
    ['providers: { groq: { foo: } }', 'providers.groq.foo'],
    ['providers: { groq: { limits: { foo: } } }', 'providers.groq.limits.foo'],
    ['aliases: { a: { chain: [groq/x], foo: } }', 'aliases.a.foo'],
    ['aliases: { a: { chain: [{ model: groq/x, foo: }] } }', 'aliases.a.chain[0].foo'],
  ])('finds the unknown key with nothing after it in %s', (yaml, key) => {
    expect(findMistakes(yaml)).toMatchObject([{ key, found: 'an unknown key' }]);
  });

  it('leaves out what has nothing after it', () => {
    const { value } = read(`
      providers: { vllm: { kind: openai-compatible, baseUrl: "http://x", apiKey: , headers: { x-team: , b: c } } }
      aliases: { a: { chain: [{ model: groq/x, weight: }] } }
      timeouts: { idleMs: , totalMs: 1 }`);
    expect(value.providers.get('vllm')?.entry).toEqual({
      kind: 'openai-compatible',
      baseUrl: 'http://x',
      headers: { b: 'c' },
    });
    expect(value.aliases.get('a')?.chain).toStrictEqual([{ model: 'groq/x' }]);
    expect(value.root.timeouts).toEqual({ totalMs: 1 });
  });

  it('reports one mistake once', () => {
    expect(findMistakes('providers: { groq: { baseUrl: "${NO}", headers: { a: "${NO}" } } }')).toHaveLength(2);
    expect(findMistakes('aliases: { a: { chain: [{ model: "${NO}/x" }, { weight: 1 }] } }')).toHaveLength(2);
    expect(findMistakes('timeouts: [{ connectMs: x }]')).toHaveLength(1);
    expect(findMistakes('providers: []')).toHaveLength(1);
  });

  it('accepts up to 64 endpoints', () => {
    const yaml = (count: number): string =>
      `providers: { a: { kind: ollama, baseUrl: [${Array.from({ length: count }, (_, host) => `http://h${host}`).join()}] } }`;
    expect(findMistakes(yaml(64))).toEqual([]);
    expect(findMistakes(yaml(65))).toMatchObject([{ key: 'providers.a.baseUrl', found: 'a list' }]);
  });

  it('finds all mistakes at once', () => {
    const yaml = `
      default: grok/x
      timeouts: { idleMs: x, wrong: 1 }
      providers: { a: { kind: ollama, maxContext: 1 }, groq: { routing: { retries: -1 } } }
      aliases: { groq/x: { chain: [none/x] } }`;
    expect(
      findMistakes(yaml)
        .map(({ key }) => key)
        .sort(),
    ).toEqual([
      'aliases.groq/x',
      'aliases.groq/x.chain[0]',
      'default',
      'providers.a.baseUrl',
      'providers.a.maxContext',
      'providers.groq.routing.retries',
      'timeouts.idleMs',
      'timeouts.wrong',
    ]);
  });

  it('says at which line and column the YAML is broken', () => {
    expect(findMistakes('a: 1\nb: [1\n').map(({ key }) => key)).toEqual([expect.stringMatching(/line \d, column \d/)]);
  });

  it.each([
    ['a list', '- a'],
    ['a string', 'just text'],
  ])('refuses a file that is %s', (found, yaml) => {
    expect(read(yaml).mistakes).toEqual([{ key: path, found, allowed: 'a mapping of keys to values' }]);
  });

  it('refuses a named file that is not there, or is none', () => {
    const missing = join(directory, 'missing.yaml');
    expect(readConfigFile({}, readConfigText(missing)).mistakes).toMatchObject([
      { key: 'MANA_LLM_CONFIG', found: `"${missing}", which cannot be read (ENOENT)` },
    ]);
    expect(readConfigFile({}, readConfigText(directory)).mistakes).toMatchObject([
      { found: expect.stringContaining('EISDIR') as string },
    ]);
  });

  it('reads mana-llm.yaml where it is there, and does without it', () => {
    const started = process.cwd();
    try {
      process.chdir(directory);
      expect(readConfigFile({}, readConfigText(undefined)).mistakes).toEqual([]);
      writeFileSync(join(directory, 'mana-llm.yaml'), 'default: 7');
      expect(readConfigFile({}, readConfigText(undefined)).mistakes).toMatchObject([{ key: 'mana-llm.yaml: default' }]);
    } finally {
      process.chdir(started);
    }
  });
});
