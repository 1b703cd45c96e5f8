import { FakeUpstream, latch, openAiChunk, openAiStream, sse, sseStream } from '@mana-llm/llm-providers/testing';
import { listeningPort } from './support/built-gateway.js';
import { type BuiltService, spawnBuiltService } from './support/built-service.js';
import { START_LIMIT_MS } from './support/scene.js';
import { StreamReader } from './support/stream-reader.js';
import { until } from './support/until.js';

/** Throws where nobody catches, as a mistake of ours in a timer or an event handler would. */
const THROWS = 'process.on("SIGUSR2", () => setTimeout(() => { throw new Error("a mistake of ours"); }));';
const REJECTS = 'process.on("SIGUSR2", () => void Promise.reject(new Error("a mistake of ours")));';

describe('an error that nobody catches', () => {
  let upstream: FakeUpstream;
  let service: BuiltService | undefined;

  beforeEach(async () => {
    upstream = await FakeUpstream.start();
  });

  afterEach(async () => {
    service?.process.kill('SIGKILL');
    await upstream.stop();
  });

  const start = async (script: string, env: Record<string, string>): Promise<string> => {
    const args = ['--import', `data:text/javascript,${encodeURIComponent(script)}`];
    const own = { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: `${upstream.url}/v1`, OLLAMA_URL: upstream.url };
    const common = { NODE_ENV: 'production', HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'info', DRAIN_GRACE: '0.3' };
    service = await spawnBuiltService({ ...common, ...own, ...env }, args);
    return `http://127.0.0.1:${await listeningPort(service)}`;
  };

  const openStream = async (url: string): Promise<StreamReader> => {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': 'the-running-one' },
      body: JSON.stringify({ model: 'openai/m', stream: true, messages: [{ role: 'user', content: 'Hi' }] }),
    });
    const reader = new StreamReader(response);
    await reader.readUntil('Hel');
    return reader;
  };

  const first = sse(openAiChunk({ delta: { content: 'Hel' } }));

  it.each([
    ['thrown', THROWS],
    ['a rejection', REJECTS],
  ])(
    'is logged with the requests that run, lets them end, and ends the process with 1: %s',
    async (_how, script) => {
      const url = await start(script, { DRAIN_TIMEOUT: '60' });
      const held = latch();
      upstream.on('POST', '/v1/chat/completions', sseStream(first, held, openAiStream(['lo'])));
      const reader = await openStream(url);
      service?.process.kill('SIGUSR2');
      await until(
        async () => (await fetch(`${url}/health/ready`)).status,
        (status) => status === 503,
      );
      held.open();
      expect(await reader.rest()).toMatchObject({ isDone: true, error: undefined });
      expect(await service?.ended).toBe(1);
      const lines = service?.stdout().split('\n') ?? [];
      expect(lines.find((line) => line.includes('uncaught error'))).toMatch(/"level":"fatal".*the-running-one/);
      expect(lines.find((line) => line.includes('a mistake of ours'))).toMatch(/"stack":/);
    },
    START_LIMIT_MS,
  );

  it(
    'ends what still runs after DRAIN_TIMEOUT in an error frame',
    async () => {
      const url = await start(THROWS, { DRAIN_TIMEOUT: '0.2' });
      upstream.on('POST', '/v1/chat/completions', sseStream(first, latch()));
      const reader = await openStream(url);
      service?.process.kill('SIGUSR2');
      expect(await reader.rest()).toMatchObject({ isDone: false, error: { code: 'server_draining' } });
      expect(await service?.ended).toBe(1);
    },
    START_LIMIT_MS,
  );
});
