import { findMisnamedVariables } from './find-misnamed-variables.js';

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
