import { FakeUpstream, json, openAiModels } from '@mana-llm/llm-providers/testing';
import type { ErrorBody } from '@mana-llm/openai-api';
import { writeFile } from 'node:fs/promises';
import { listeningPort, logLines } from './support/built-gateway.js';
import { type BuiltService, spawnBuiltService } from './support/built-service.js';
import { type ConfigFile, writeConfigFile } from './support/config-file.js';
import { leaksIn, OLLAMA_ERRORS, OPENAI_ERRORS, OPENAI_STREAMS, quoting, SECRETS } from './support/quoting-provider.js';
import { START_LIMIT_MS } from './support/scene.js';
import { toStreamAnswer } from './support/stream-answer.js';
import { until } from './support/until.js';

const PROMPT = 'the-prompt-of-one-caller';
const NEW_KEY = 'a-key-of-a-later-file';
const CHAT = '/v1/chat/completions';

describe('the words of a provider', () => {
  let upstream: FakeUpstream;
  let service: BuiltService;
  let config: ConfigFile;
  let url: string;

  const yaml = (key: string): string =>
    JSON.stringify({
      routing: { retries: 0, breaker: { failures: 1_000_000 } },
      aliases: { 'mana/both': { chain: ['echo/m', 'ollama/m'] } },
      providers: {
        ollama: { headers: { authorization: `Bearer ${SECRETS.token}` } },
        echo: {
          kind: 'openai-compatible',
          baseUrl: `${upstream.url}/v1`,
          apiKey: key,
          headers: { 'x-secret': SECRETS.header },
          query: { code: SECRETS.query },
        },
      },
    });

  beforeAll(async () => {
    upstream = await FakeUpstream.start();
    for (const path of ['/', '/api/version', '/api/tags', '/api/ps']) upstream.on('GET', path, json(200, {}));
    upstream
      .on('POST', '/api/show', json(404, { error: 'not found' }))
      .on('GET', '/v1/models', json(200, openAiModels('m')));
    config = await writeConfigFile(yaml(SECRETS.key));
    service = await spawnBuiltService({
      ...{ NODE_ENV: 'production', HOST: '127.0.0.1', PORT: '0', DRAIN_GRACE: '0', LOG_LEVEL: 'trace', CACHE_TTL: '0' },
      ...{ MANA_LLM_CONFIG: config.path, OLLAMA_URL: upstream.url, API_KEYS: SECRETS.caller },
      REDIS_URL: `redis://:${SECRETS.redis}@127.0.0.1:9/0`,
    });
    url = `http://127.0.0.1:${await listeningPort(service)}`;
  }, START_LIMIT_MS);

  afterAll(async () => {
    service.process.kill('SIGTERM');
    await service.ended;
    await upstream.stop();
    await config.remove();
  });

  const get = async (path: string): Promise<string> =>
    (await fetch(url + path, { headers: { 'x-api-key': SECRETS.caller } })).text();
  const output = (): string => service.stdout() + service.stderr();
  /** The line of a request is written after its answer: when this one's is there, all others' are. */
  const untilLogged = async (): Promise<void> => {
    const id = `last-${Date.now()}`;
    await fetch(`${url}/v1/aliases`, { headers: { 'x-api-key': SECRETS.caller, 'x-request-id': id } });
    while (!logLines(service.stdout()).some(({ requestId }) => requestId === id)) await new Promise(setImmediate);
  };

  /** The error of an answer, or of a stream's last frame, in which no secret is left. */
  const errorOf = async (model: string, stream: boolean): Promise<ErrorBody['error'] | undefined> => {
    const body = { model, stream, messages: [{ role: 'user', content: PROMPT }] };
    const headers = { 'content-type': 'application/json', 'x-api-key': SECRETS.caller };
    const response = await fetch(url + CHAT, { method: 'POST', headers, body: JSON.stringify(body) });
    const answer = await response.text();
    expect(leaksIn(answer + JSON.stringify([...response.headers]))).toEqual([]);
    expect(answer).not.toContain(String(upstream.port));
    return answer.startsWith('{') ? (JSON.parse(answer) as ErrorBody).error : toStreamAnswer(answer).error;
  };

  const expectBounded = (error: ErrorBody['error'] | undefined): void => {
    expect(error?.message.length).toBeLessThanOrEqual(2_001);
    for (const name of [error?.type, error?.code ?? '', error?.param ?? '']) {
      expect(name?.length).toBeLessThanOrEqual(200);
    }
  };

  it.each(OPENAI_ERRORS)('are quoted without a secret where they stand in %s', async (_where, reply) => {
    upstream.on('POST', CHAT, reply);
    for (const stream of [false, true]) expectBounded(await errorOf('echo/m', stream));
  });

  it.each(OPENAI_STREAMS)('are quoted without a secret where they stand in a stream: %s', async (_where, reply) => {
    upstream.on('POST', CHAT, reply);
    expectBounded(await errorOf('echo/m', true));
  });

  it.each(OLLAMA_ERRORS)('are quoted without a secret where Ollama says them: %s', async (_where, reply) => {
    upstream.on('POST', '/api/chat', reply);
    for (const stream of [false, true]) expectBounded(await errorOf('ollama/m', stream));
  });

  it('are in no list of attempts', async () => {
    upstream.on(
      'POST',
      CHAT,
      quoting((words) => json(500, { error: { message: words, code: words } })),
    );
    upstream.on(
      'POST',
      '/api/chat',
      quoting((words) => json(503, { error: words })),
    );
    const error = await errorOf('mana/both', false);
    expect(error?.['attempts']).toMatchObject([{ reason: 'server_error' }, { reason: 'server_error' }]);
    expect(JSON.stringify(error)).not.toContain(PROMPT);
  });

  it('may quote the prompt to the caller who has sent it', async () => {
    upstream.on(
      'POST',
      CHAT,
      quoting((words) => json(500, { error: { message: words } })),
    );
    expect((await errorOf('echo/m', false))?.message).toContain(PROMPT);
  });

  it('are in no health, metrics or log, where it is told by kind and status', async () => {
    const fails = quoting((words) => json(500, { error: { message: words, code: words } }));
    upstream.on('GET', '/v1/models', fails).on('GET', '/api/version', fails).on('GET', '/api/tags', fails);
    upstream.on('POST', CHAT, fails).on('POST', '/api/chat', fails);
    for (const model of ['echo/m', 'ollama/m']) for (let count = 0; count < 3; count += 1) await errorOf(model, false);
    const paths = ['/health', '/v1/health', '/health/ready', '/metrics', '/v1/models', '/v1/aliases', '/openapi.json'];
    const told = new Map(await Promise.all(paths.map(async (path) => [path, await get(path)] as const)));
    for (const path of ['/health', '/v1/health']) {
      for (const name of ['echo', 'ollama']) expect(told.get(path)).toContain(`"${name} answered with status 500."`);
    }
    await untilLogged();
    expect(output()).toContain('echo is unhealthy: echo answered with status 500.');
    for (const text of [...told.values(), output()]) {
      expect(leaksIn(text)).toEqual([]);
      expect(text).not.toContain(PROMPT);
      expect(text).not.toContain(`127.0.0.1:${upstream.port}`);
    }
  });

  it('are quoted without a key that has come, or gone, by a new configuration', async () => {
    const quotes = json(400, { error: { message: `old ${SECRETS.key} new ${NEW_KEY}` } });
    upstream.on('POST', CHAT, quotes);
    await writeFile(config.path, yaml(NEW_KEY));
    service.process.kill('SIGHUP');
    await until(
      () => Promise.resolve(service.stdout()),
      (log) => log.includes('configuration reloaded'),
    );
    expect((await errorOf('echo/m', false))?.message).toBe('old [redacted] new [redacted]');
  });
});
