import {
  json,
  ndjsonStream,
  ollamaLine,
  ollamaStream,
  openAiChunk,
  openAiCompletion,
  openAiStream,
  type Reply,
  sse,
  sseStream,
  stall,
} from '@mana-llm/llm-providers/testing';
import { type MetricSample, parseMetrics } from '../support/metric-samples.js';
import { RawExchange } from '../support/raw-exchange.js';
import { useScene } from '../support/scene.js';

const CHAT = '/v1/chat/completions';
const GONE_WITHIN_MS = 100;
const TRIES = 5;

const HEL = sse(openAiChunk({ delta: { content: 'Hel' } }));
const half: Reply = async (exchange) => {
  exchange.response.writeHead(200, { 'content-type': 'application/json' }).write('{"id":');
  await stall(exchange);
};

interface Leaving {
  model: string;
  path: string;
  stream: boolean;
  reply: Reply;
  /** Equal requests share one answer. */
  isShared?: boolean;
  /** What the client has seen when it leaves; nothing: it leaves once the upstream has the request. */
  seen?: string;
}

const LEAVINGS: [string, Leaving][] = [
  ['before the first byte of a stream', { model: 'openai/m', path: CHAT, stream: true, reply: stall }],
  [
    'before the first content of a stream',
    {
      model: 'openai/m',
      path: CHAT,
      stream: true,
      reply: sseStream(sse(openAiChunk({ delta: { role: 'assistant' } })), stall),
    },
  ],
  [
    'in the midst of a stream',
    { model: 'openai/m', path: CHAT, stream: true, reply: sseStream(HEL, stall), seen: 'Hel' },
  ],
  [
    'in the midst of a stream that may be shared',
    { model: 'openai/m', path: CHAT, stream: true, isShared: true, reply: sseStream(HEL, stall), seen: 'Hel' },
  ],
  [
    'before the first byte of a buffered answer that may be shared',
    { model: 'openai/m', path: CHAT, stream: false, isShared: true, reply: stall },
  ],
  ['before the first byte of a buffered answer', { model: 'openai/m', path: CHAT, stream: false, reply: stall }],
  ['in the midst of a buffered answer', { model: 'openai/m', path: CHAT, stream: false, reply: half }],
  ['before the first byte of a stream of Ollama', { model: 'ollama/m', path: '/api/chat', stream: true, reply: stall }],
  [
    'in the midst of a stream of Ollama',
    {
      model: 'ollama/m',
      path: '/api/chat',
      stream: true,
      reply: ndjsonStream(ollamaLine({ content: 'Hel' }), stall),
      seen: 'Hel',
    },
  ],
  [
    'before the first byte of a buffered answer of Ollama',
    { model: 'ollama/m', path: '/api/chat', stream: false, reply: stall },
  ],
];

// In a process of its own: its log is read, and its event loop is not the one that measures.
describe('a client that leaves', () => {
  const scene = useScene({ isBuilt: true, env: { LOG_LEVEL: 'debug', CACHE_TTL: '3600' } });

  /** How long the gateway's process needs for a request that is no work at all: on a busy machine it waits for its turn. */
  const turnMs = async (): Promise<number> => {
    const startedAtMs = performance.now();
    await (await scene.get('/health/live')).text();
    return performance.now() - startedAtMs;
  };

  /**
   * Leaves by RST or by FIN; milliseconds until the upstream's connection is gone, beyond those that the gateway's process
   * needed to have its turn.
   */
  const leave = async (
    { model, path, stream, reply, seen, isShared }: Leaving,
    isPolite: boolean,
    id: string,
  ): Promise<number> => {
    scene.upstream.reset();
    scene.upstream.on('POST', path, reply);
    const temperature = isShared ? 0 : 1;
    const body = JSON.stringify({ model, stream, temperature, messages: [{ role: 'user', content: 'Write a book.' }] });
    const client = new RawExchange(scene.gateway.url).post(CHAT, body, { 'x-request-id': id });
    const request = await scene.upstream.request(path);
    if (seen !== undefined) await client.received(seen);
    const leftAtMs = performance.now();
    if (isPolite) client.socket.end();
    else client.leave();
    const turn = turnMs();
    await request.gone;
    const goneMs = performance.now() - leftAtMs;
    return goneMs - (await turn);
  };

  const samples = async (): Promise<MetricSample[]> => parseMetrics(await (await scene.get('/metrics')).text());
  const errorCount = async (): Promise<number> =>
    (await samples())
      .filter(({ name }) => name === 'mana_llm_llm_errors_total')
      .reduce((sum, { value }) => sum + value, 0);

  const logLine = async (id: string): Promise<Record<string, unknown>> => {
    for (;;) {
      const line = scene.gateway.logs().find(({ requestId }) => requestId === id);
      if (line !== undefined) return line;
      await (await scene.get('/health/live')).text();
    }
  };

  it.each(LEAVINGS)('%s stops the upstream within 100 ms, is client_closed and no error', async (_what, leaving) => {
    const errorsBefore = await errorCount();
    const times: number[] = [];
    for (let count = 0; count < TRIES; count += 1) {
      times.push(
        await leave(
          leaving,
          count % 2 === 1,
          `${leaving.model.replace('/', '-')}-${_what.replaceAll(' ', '-')}-${count}`,
        ),
      );
    }
    times.sort((one, other) => one - other);
    // The median: a machine that does something else for a moment is no fault of the gateway.
    expect(times[Math.floor(TRIES / 2)]).toBeLessThan(GONE_WITHIN_MS);
    const line = await logLine(`${leaving.model.replace('/', '-')}-${_what.replaceAll(' ', '-')}-${TRIES - 1}`);
    expect(line).toMatchObject({ level: 'info', end: 'client_closed', status: leaving.seen === undefined ? 499 : 200 });
    expect(line['errorCode']).toBeUndefined();
    expect(await errorCount()).toBe(errorsBefore);
  });

  it('is told apart in the metrics: status 499 before the first byte, client_closed of an open stream', async () => {
    const all = await samples();
    const closed = all.find(({ name, labels }) => name === 'mana_llm_requests_total' && labels['status'] === '499');
    const ends = all.find(({ name, labels }) => name === 'mana_llm_streams_total' && labels['end'] === 'client_closed');
    expect(closed?.value).toBe(7 * TRIES);
    expect(ends?.value).toBe(3 * TRIES);
    expect(all.find(({ name }) => name === 'mana_llm_requests_in_flight')?.value).toBe(1);
  });

  it('leaves no line above info in the log', () => {
    const loud = scene.gateway.logs().filter(({ level }) => level !== 'info' && level !== 'debug');
    expect(loud).toEqual([]);
  });

  it('leaves connections that the next ones use', async () => {
    scene.upstream.on('POST', CHAT, sseStream(openAiStream(['Hello'])), json(200, openAiCompletion()));
    scene.upstream.on('POST', '/api/chat', ndjsonStream(ollamaStream(['Hello'])));
    expect(await (await scene.chat({ model: 'openai/m', stream: true })).text()).toContain('[DONE]');
    expect((await scene.chat({ model: 'openai/m' })).status).toBe(200);
    expect(await (await scene.chat({ model: 'ollama/m', stream: true })).text()).toContain('[DONE]');
  });
});
