import { KNOWN_PROVIDERS } from '@mana-llm/llm-providers';
import { Environment } from './environment.js';
import { findMisnamedVariables, readEnvironment } from './read-environment.js';

describe(readEnvironment.name, () => {
  it('gives every default when nothing is set', () => {
    expect(readEnvironment({})).toEqual({ value: new Environment(), mistakes: [] });
    expect(new Environment()).toMatchObject({
      PORT: 3025,
      HOST: '0.0.0.0',
      LOG_LEVEL: 'info',
      OLLAMA_DEFAULT_MODEL: 'gemma3:4b',
      CACHE_TTL: 3600,
      TRUST_PROXY: false,
      DRAIN_GRACE: 5,
      DRAIN_TIMEOUT: 60,
    });
  });

  it.each(['', '   ', '\n'])('takes %j for unset', (text) => {
    expect(readEnvironment({ PORT: text, GROQ_API_KEY: text, REDIS_URL: text })).toEqual(readEnvironment({}));
  });

  it('leaves variables of others alone', () => {
    expect(readEnvironment({ PATH: '/bin', OTHER_API_KEY: 'a b' }).mistakes).toEqual([]);
  });

  it.each([
    ['PORT', '0', 0],
    ['PORT', ' 8080\n', 8080],
    ['LOG_LEVEL', 'DEBUG', 'debug'],
    ['LOG_LEVEL', 'WARNING', 'warn'],
    ['LOG_LEVEL', 'critical', 'fatal'],
    ['LOG_LEVEL', 'silent', 'silent'],
    ['OLLAMA_URL', 'http://a:11434', ['http://a:11434']],
    ['OLLAMA_URL', 'http://a:11434, https://b,', ['http://a:11434', 'https://b']],
    ['OLLAMA_TIMEOUT', '0.5', 0.5],
    ['OLLAMA_MAX_CONCURRENT', '0', 0],
    ['CACHE_TTL', '0', 0],
    ['REDIS_URL', 'rediss://:secret@redis:6380/1', 'rediss://:secret@redis:6380/1'],
    ['CORS_ORIGINS', '*', ['*']],
    [
      'CORS_ORIGINS',
      'https://App.example.com:443/, http://localhost:5173,tauri://localhost',
      ['https://app.example.com', 'http://localhost:5173', 'tauri://localhost'],
    ],
    ['API_KEYS', 'one, two,', ['one', 'two']],
    ['ALLOWED_HOSTS', 'LLM.example.com., gpu.example:8443', ['llm.example.com', 'gpu.example:8443']],
    ['ALLOWED_HOSTS', '*.Example.com,.example.org', ['.example.com', '.example.org']],
    ['ALLOWED_HOSTS', 'böse.example, [::1], 10.0.0.1', ['xn--bse-sna.example', '[::1]', '10.0.0.1']],
    ['ALLOWED_HOSTS', '*', ['*']],
    ['PROTECT', 'Metrics, docs,health,', ['metrics', 'docs', 'health']],
    ['TRUST_PROXY', 'TRUE', true],
    ['TRUST_PROXY', 'false', false],
    ['TRUST_PROXY', '2', 2],
    ['TRUST_PROXY', 'loopback, 10.0.0.0/8', ['loopback', '10.0.0.0/8']],
    ['TRUST_PROXY', '10.0.0.0/255.0.0.0,::1,fd00::/8', ['10.0.0.0/255.0.0.0', '::1', 'fd00::/8']],
    ['GROQ_API_KEY', 'gsk_1\n', 'gsk_1'],
    ['MISTRAL_BASE_URL', 'http://127.0.0.1:9200/mistral/v1', 'http://127.0.0.1:9200/mistral/v1'],
  ])('reads %s=%j', (name, text, expected) => {
    const { value, mistakes } = readEnvironment({ [name]: text });
    expect(mistakes).toEqual([]);
    expect(value).toHaveProperty(name, expected);
  });

  it.each([
    ['PORT', 'http', '"http"', 'a whole number from 0 to 65535'],
    ['PORT', '65536', '"65536"', 'a whole number from 0 to 65535'],
    ['PORT', '80.5', '"80.5"', 'a whole number from 0 to 65535'],
    ['PORT', '0x50', '"0x50"', 'a whole number from 0 to 65535'],
    ['LOG_LEVEL', 'loud', '"loud"', 'fatal, error, warn, info, debug, trace, silent'],
    ['OLLAMA_URL', 'localhost:11434', '"localhost:11434"', 'one http:// or https:// URL'],
    ['OLLAMA_URL', 'ftp://host', '"ftp://host"', 'one http://'],
    ['OLLAMA_URL', 'http://a,b', '"http://a,b"', 'up to 64 of them, each once, with commas between them'],
    ['OLLAMA_URL', 'http://a:80/,HTTP://A', '"http://a:80/,HTTP://A"', 'each once'],
    ['OLLAMA_URL', ',', '","', 'one http://'],
    ['GROQ_BASE_URL', 'http://a/v1,http://b/v1', '"http://a/v1,http://b/v1"', 'one http://'],
    ['OLLAMA_TIMEOUT', '0', '"0"', 'a number of seconds from 0.001 to 86400'],
    ['OLLAMA_TIMEOUT', '2m', '"2m"', 'a number of seconds from 0.001 to 86400'],
    ['OLLAMA_MAX_CONCURRENT', '-1', '"-1"', 'a whole number from 0 to 100000'],
    ['CACHE_TTL', '-1', '"-1"', 'a number of seconds from 0 to 31536000'],
    ['CORS_ORIGINS', 'example.com', '"example.com"', 'origins with commas'],
    ['CORS_ORIGINS', 'https://example.com/app', '"https://example.com/app"', 'origins with commas'],
    ['CORS_ORIGINS', 'https://*.example.com', '"https://*.example.com"', 'origins with commas'],
    ['CORS_ORIGINS', ',', '","', 'origins with commas'],
    ['ALLOWED_HOSTS', 'https://llm.example.com', '"https://llm.example.com"', 'host names with commas'],
    ['ALLOWED_HOSTS', 'llm.example.com/v1', '"llm.example.com/v1"', 'host names with commas'],
    ['ALLOWED_HOSTS', '*example.com', '"*example.com"', 'host names with commas'],
    ['ALLOWED_HOSTS', 'llm.*.com', '"llm.*.com"', 'host names with commas'],
    ['ALLOWED_HOSTS', '.example.com:8443', '".example.com:8443"', 'host names with commas'],
    ['ALLOWED_HOSTS', 'a b', '"a b"', 'host names with commas'],
    ['ALLOWED_HOSTS', 'a;b', '"a;b"', 'host names with commas'],
    ['ALLOWED_HOSTS', '.', '"."', 'host names with commas'],
    ['ALLOWED_HOSTS', ',', '","', 'host names with commas'],
    ['PROTECT', 'metrics,models', '"metrics,models"', 'one or more of metrics, docs, health, with commas'],
    ['PROTECT', ',', '","', 'one or more of metrics, docs, health, with commas'],
    ['TRUST_PROXY', 'yes', '"yes"', 'true, false, the number of proxies'],
    ['TRUST_PROXY', '10.0.0.0/33', '"10.0.0.0/33"', 'true, false, the number of proxies'],
    ['TRUST_PROXY', 'host/8', '"host/8"', 'true, false, the number of proxies'],
    ['TRUST_PROXY', '10.0.0.0/8/8', '"10.0.0.0/8/8"', 'true, false, the number of proxies'],
    ['TRUST_PROXY', '1.5', '"1.5"', 'true, false, the number of proxies'],
    ['DRAIN_GRACE', 'soon', '"soon"', 'a number of seconds from 0 to 86400'],
    ['DRAIN_TIMEOUT', '1e9', '"1e9"', 'a number of seconds from 0 to 86400'],
    ['OLLAMA_DEFAULT_MODEL', 'ollama/', '"ollama/"', 'the name of an Ollama model'],
    ['GROQ_BASE_URL', 'api.groq.com', '"api.groq.com"', 'one http://'],
  ])('refuses %s=%s', (name, text, found, allowed) => {
    expect(readEnvironment({ [name]: text }).mistakes).toEqual([
      { key: name, found, allowed: expect.stringContaining(allowed) as string },
    ]);
  });

  it('knows the key and the base URL of every known provider', () => {
    const names = KNOWN_PROVIDERS.map(({ name }) => name.toUpperCase());
    const wrong = names.flatMap((name) => [
      [`${name}_API_KEY`, 'a b'],
      [`${name}_BASE_URL`, 'nowhere'],
    ]);
    const { mistakes } = readEnvironment(Object.fromEntries(wrong) as NodeJS.ProcessEnv);
    expect(mistakes.map(({ key }) => key).sort()).toEqual(wrong.map(([name]) => name).sort());
  });

  it.each([
    ['GROQ_API_KEY', 'sk secret'],
    ['GPU_API_KEY', 'sk secret'],
    ['API_KEYS', 'good,sk secret'],
    ['API_KEYS', ','],
    ['REDIS_URL', 'http://:sk-secret@redis:6379'],
    ['REDIS_URL', 'sk-secret@redis'],
  ])('never shows a wrong %s', (name, text) => {
    const { mistakes } = readEnvironment({ [name]: text });
    expect(mistakes).toMatchObject([{ key: name, found: 'a value that is not shown here' }]);
  });

  it.each([
    'http://user:sk-secret@host:11434',
    'user:sk-secret@host',
    'http://host/?key=sk-secret',
    'http://a,http://u:sk-secret@b',
    'http://u:sk-secret@a?b,http://c',
  ])('shows a URL without its credentials', (url) => {
    const { mistakes } = readEnvironment({ OLLAMA_URL: url });
    expect(mistakes).toHaveLength(1);
    expect(JSON.stringify(mistakes)).not.toContain('sk-secret');
  });
});

const find = (env: NodeJS.ProcessEnv, used: string[] = []): string[] =>
  findMisnamedVariables(env, (name) => used.includes(name));

describe(findMisnamedVariables.name, () => {
  it.each([
    ['API_KEY', 'API_KEY is not read. Set API_KEYS.'],
    ['EMBEDED_MODEL', 'EMBEDED_MODEL is not read. Did you mean EMBEDDED_MODEL?'],
    ['OPENAI_DEFAULT_MODEL', 'OPENAI_DEFAULT_MODEL is not read. Set DEFAULT_MODEL=openai/<model>.'],
    ['GROQ_MODEL', 'GROQ_MODEL is not read. Set DEFAULT_MODEL=groq/<model>.'],
    ['GEMINI_API_KEY', 'GEMINI_API_KEY is not read. Set GOOGLE_API_KEY.'],
    ['OLLAMA_BASE_URL', 'OLLAMA_BASE_URL is not read. Set OLLAMA_URL.'],
    ['OLAMA_URL', 'OLAMA_URL is not read. Did you mean OLLAMA_URL?'],
    ['OLLAMA_URLS', 'OLLAMA_URLS is not read. Did you mean OLLAMA_URL?'],
    ['REDIS_URI', 'REDIS_URI is not read. Did you mean REDIS_URL?'],
    ['CORS_ORIGIN', 'CORS_ORIGIN is not read. Did you mean CORS_ORIGINS?'],
    ['APIKEYS', 'APIKEYS is not read. Did you mean API_KEYS?'],
    ['openai_api_key', 'openai_api_key is not read. Did you mean OPENAI_API_KEY?'],
    ['GROQ_APIKEY', 'GROQ_APIKEY is not read. Did you mean GROQ_API_KEY?'],
  ])('tells what %s should be', (name, warning) => {
    expect(find({ [name]: 'secret' })).toEqual([warning]);
  });

  it.each(['ANTHROPIC_API_KEY', 'AUTO_FALLBACK_ENABLED'])('tells what to do in place of %s', (name) => {
    expect(find({ [name]: 'secret' })).toEqual([
      expect.stringMatching(new RegExp(`^${name} is not read\\. (Set|Add) `)),
    ]);
  });

  it.each([
    ...[
      'HOME',
      'PATH',
      'HOSTNAME',
      'HOSTTYPE',
      'PORTS',
      'POST',
      'PROJECT',
      'SHELL',
      'LOGNAME',
      'NODE_OPTIONS',
      'FTP_PROXY',
    ],
    ...[
      'NO_PROXY',
      'ALL_PROXY',
      'NODE_EXTRA_CA_CERTS',
      'XI_API_KEY',
      'ZAI_API_KEY',
      'COHERE_API_KEY',
      'DEEPGRAM_API_KEY',
    ],
    ...[
      'OLLAMA_MODELS',
      'OLLAMA_KEEP_ALIVE',
      'OLLAMA_NUM_PARALLEL',
      'OLLAMA_ORIGINS',
      'OLLAMA_LOAD_TIMEOUT',
      'HF_TOKEN',
    ],
    ...[
      'MANA_LLM_URL',
      'MANA_LLM_API_KEY',
      'MANA_LLM_E2E_NODE',
      'MODEL',
      'APP_KEY',
      'CACHE_DIR',
      'LOG_FILE',
      'PUBLISH',
    ],
    ...[
      'npm_config_cache',
      'npm_package_name',
      'REDIS_HOST',
      'REDIS_PORT',
      'OPENAI_ORG_ID',
      'GOOGLE_APPLICATION_CREDENTIALS',
    ],
  ])('says nothing of %s', (name) => {
    expect(find({ [name]: 'x' })).toEqual([]);
  });

  it('says nothing where the right one is set too, the variable is empty, or the file reads it', () => {
    expect(find({ API_KEY: 'x', API_KEYS: 'y' })).toEqual([]);
    expect(find({ API_KEY: ' ' })).toEqual([]);
    expect(find({ ANTHROPIC_API_KEY: 'x' }, ['ANTHROPIC_API_KEY'])).toEqual([]);
  });
});
