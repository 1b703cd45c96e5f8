import {
  FakeUpstream,
  json,
  ndjsonStream,
  ollamaStream,
  ollamaTags,
  openAiModels,
} from '@mana-llm/llm-providers/testing';
import { listeningPort } from './support/built-gateway.js';
import { type BuiltService, spawnBuiltService } from './support/built-service.js';
import { type ConfigFile, writeConfigFile } from './support/config-file.js';

/** Node warns of a leak from the eleventh listener on. */
const PROVIDERS = Array.from({ length: 12 }, (_, index) => `p${index}`);
const CHOICES = 32;
const PIECES = Array.from({ length: 20 }, () => 'x'.repeat(50_000));

describe('the built service, whose requests each do much at once,', () => {
  let upstream: FakeUpstream;
  let config: ConfigFile;
  let service: BuiltService;
  let url: string;

  const chat = (body: Record<string, unknown>): Promise<Response> =>
    fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ messages: [{ role: 'user', content: 'Hi' }], ...body }),
    });

  beforeAll(async () => {
    upstream = await FakeUpstream.start();
    upstream
      .on('GET', '/api/tags', json(200, ollamaTags('m')))
      .on('GET', '/v1/models', json(200, openAiModels('gpt')))
      .on('POST', '/api/chat', ndjsonStream(ollamaStream(PIECES)));
    const entries = PROVIDERS.map(
      (name) => `  ${name}: { kind: openai-compatible, baseUrl: "${upstream.url}/v1", apiKey: key }\n`,
    );
    config = await writeConfigFile(`providers:\n${entries.join('')}`);
    service = await spawnBuiltService({
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: '0',
      DRAIN_GRACE: '0',
      OLLAMA_URL: upstream.url,
      OLLAMA_MAX_CONCURRENT: '0',
      MANA_LLM_CONFIG: config.path,
    });
    url = `http://127.0.0.1:${await listeningPort(service)}`;
  });

  afterAll(async () => {
    service.process.kill('SIGKILL');
    await upstream.stop();
    await config.remove();
  });

  it('streams many choices to their end', async () => {
    const text = await (await chat({ model: 'ollama/m', stream: true, n: CHOICES })).text();
    expect(text.match(/x{50000}/g)).toHaveLength(CHOICES * PIECES.length);
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  it('lists the models of many providers', async () => {
    const { data } = (await (await fetch(`${url}/v1/models`)).json()) as { data: { id: string }[] };
    expect(data.map(({ id }) => id)).toEqual(expect.arrayContaining(PROVIDERS.map((name) => `${name}/gpt`)));
  });

  it('asks many providers for the model of a bare name', async () => {
    upstream.on('POST', '/api/chat', json(404, { error: 'model "gpt" not found' }));
    const body = await (await chat({ model: 'gpt' })).text();
    for (const name of PROVIDERS) expect(body).toContain(`${name}/gpt`);
  });

  it('has written no warning', async () => {
    service.process.kill('SIGTERM');
    expect(await service.ended).toBe(0);
    expect(service.stderr()).toBe('');
  });
});
