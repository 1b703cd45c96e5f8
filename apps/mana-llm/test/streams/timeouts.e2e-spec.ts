import { execFile } from 'node:child_process';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { promisify } from 'node:util';
import {
  json,
  ndjsonStream,
  ollamaLine,
  openAiChunk,
  openAiCompletion,
  type Reply,
  sse,
  sseStream,
  stall,
} from '@mana-llm/llm-providers/testing';
import { expectError } from '../support/expect-error.js';
import { RawExchange } from '../support/raw-exchange.js';
import { Scene, START_LIMIT_MS, useScene } from '../support/scene.js';
import { readStream } from '../support/stream-answer.js';
import { until } from '../support/until.js';
import { expectBrokenStream } from './support/expect-broken-stream.js';

const CHAT = '/v1/chat/completions';
const HEL = sse(openAiChunk({ delta: { content: 'Hel' } }));
const ROLE = sse(openAiChunk({ delta: { role: 'assistant', content: '' } }));
const LONG = '{ connectMs: 60000, firstTokenMs: 60000, idleMs: 60000, totalMs: 60000';

/** Says the first thing and then the other one every few milliseconds, until the gateway leaves. */
function murmur(contentType: string, first: string, again: string): Reply {
  return async ({ request, response }) => {
    response.writeHead(200, { 'content-type': contentType });
    response.write(first);
    const timer = setInterval(() => response.write(again), 10);
    await request.gone;
    clearInterval(timer);
  };
}

const COMMENTS_FIRST = murmur('text/event-stream', ROLE, ': still here\n\n');
const COMMENTS_AFTER = murmur('text/event-stream', HEL, ': still here\n\n');
const SILENT_AFTER = sseStream(HEL, stall);
const HALF_BODY: Reply = async (exchange) => {
  exchange.response.writeHead(200, { 'content-type': 'application/json' }).write('{"id":');
  await stall(exchange);
};

/** Code, status before the stream, or `frame` where the stream is open, how the upstream behaves. */
type Case = [string, string, boolean, number | 'frame', Reply];

const FIRST_TOKEN: Case[] = [
  ['says nothing at all', 'first_token_timeout', true, 504, stall],
  ['says its role and falls silent', 'first_token_timeout', true, 504, sseStream(ROLE, stall)],
  ['sends comments and no content', 'first_token_timeout', true, 504, COMMENTS_FIRST],
];
const IDLE: Case[] = [['falls silent in its answer', 'idle_timeout', true, 'frame', SILENT_AFTER]];
/** Here the stream has to be open before the time is over. */
const TOTAL_OPEN: Case[] = [['never comes to its end', 'total_timeout', true, 'frame', COMMENTS_AFTER]];
const TOTAL: Case[] = [
  ['never begins', 'total_timeout', true, 504, stall],
  ['does not answer a buffered request', 'total_timeout', false, 504, stall],
  ['stops in the midst of a buffered answer', 'total_timeout', false, 504, HALF_BODY],
];

async function expectTimeout(
  scene: Scene,
  model: string,
  [, code, stream, status, reply]: Case,
  headers: Record<string, string> = {},
): Promise<void> {
  scene.upstream.on('POST', CHAT, reply);
  const response = await scene.chat({ model, stream }, { headers });
  const phase = code.replace('_timeout', '');
  if (status === 'frame') {
    const error = expectBrokenStream(await readStream(response), 'Hel');
    expect(error).toMatchObject({ type: 'timeout_error', code });
    expect(error?.message).toContain(`(${phase} timeout)`);
  } else {
    const error = await expectError(response, status, { type: 'timeout_error', code });
    expect(error.message).toContain(`(${phase} timeout)`);
  }
  // Work stops at that moment: this resolves only when the gateway has closed the upstream's request.
  await scene.upstream.requestsTo(CHAT)[0]?.gone;
}

describe('the timeouts of a provider', () => {
  const scene = useScene({
    yaml: [
      `timeouts: ${LONG} }`,
      'providers:',
      `  first: { kind: openai-compatible, baseUrl: "\${UPSTREAM_URL}/v1", timeouts: { firstTokenMs: 60 } }`,
      `  idle: { kind: openai-compatible, baseUrl: "\${UPSTREAM_URL}/v1", timeouts: { idleMs: 60 } }`,
      `  total: { kind: openai-compatible, baseUrl: "\${UPSTREAM_URL}/v1", timeouts: { totalMs: 100 } }`,
      `  open: { kind: openai-compatible, baseUrl: "\${UPSTREAM_URL}/v1", timeouts: { totalMs: 2000 } }`,
      `  murmurs: { kind: openai-compatible, baseUrl: "\${UPSTREAM_URL}/v1", timeouts: { idleMs: 1500 } }`,
      `  gpu: { kind: ollama, baseUrl: "\${UPSTREAM_URL}", timeouts: { firstTokenMs: 60, totalMs: 200 } }`,
      `  quiet: { kind: ollama, baseUrl: "\${UPSTREAM_URL}", timeouts: { idleMs: 60 } }`,
    ].join('\n'),
  });

  it.each(FIRST_TOKEN)('first_token: an upstream that %s', (...test) => expectTimeout(scene, 'first/m', test));
  it.each(IDLE)('idle: an upstream that %s', (...test) => expectTimeout(scene, 'idle/m', test));
  it.each(TOTAL)('total: an upstream that %s', (...test) => expectTimeout(scene, 'total/m', test));
  it.each(TOTAL_OPEN)('total: an upstream that %s', (...test) => expectTimeout(scene, 'open/m', test));

  it.each<[string, string, boolean, string, Reply]>([
    ['first_token', 'says nothing', true, 'first_token_timeout', stall],
    ['total', 'does not answer a buffered request', false, 'total_timeout', stall],
  ])('%s: an Ollama that %s', async (_phase, _what, stream, code, reply) => {
    scene.upstream.on('POST', '/api/chat', reply);
    await expectError(await scene.chat({ model: 'gpu/m', stream }), 504, { type: 'timeout_error', code });
  });

  it('idle: an Ollama that falls silent', async () => {
    scene.upstream.on('POST', '/api/chat', ndjsonStream(ollamaLine({ content: 'Hel' }), stall));
    const answer = await readStream(await scene.chat({ model: 'quiet/m', stream: true }));
    expect(expectBrokenStream(answer, 'Hel')?.code).toBe('idle_timeout');
  });

  it('idle: is no matter of an upstream that sends comments', async () => {
    let comments = 0;
    scene.upstream.on('POST', CHAT, async ({ response, request }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(HEL);
      // 300 comments, 10 ms apart: twice the idle timeout.
      const timer = setInterval(() => {
        comments += 1;
        if (comments < 300) response.write(': still here\n\n');
        else response.end(sse(openAiChunk({ finish_reason: 'stop' }), '[DONE]'));
      }, 10);
      await Promise.race([request.gone, once(response, 'finish')]);
      clearInterval(timer);
    });
    expect(await readStream(await scene.chat({ model: 'murmurs/m', stream: true }))).toMatchObject({ isDone: true });
  });
});

describe('the timeout to connect', () => {
  let silent: Server;
  const sockets = new Set<Socket>();
  let scene: Scene;

  // A server that takes the connection and says no word of TLS.
  beforeAll(async () => {
    silent = createServer((socket) => sockets.add(socket.on('error', () => undefined))).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const yaml = `providers:\n  mute: { kind: openai-compatible, baseUrl: "https://127.0.0.1:${port}/v1", timeouts: { connectMs: 50 } }\n`;
    scene = new Scene({ yaml });
    await scene.start();
  }, START_LIMIT_MS);
  afterAll(async () => {
    await scene.stop();
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  it.each([[true], [false]])('is named, stream: %s', async (stream) => {
    const error = await expectError(await scene.chat({ model: 'mute/m', stream }), 504, {
      type: 'timeout_error',
      code: 'connect_timeout',
    });
    expect(error.message).toContain('within 50 ms (connect timeout)');
  });
});

describe('the timeouts of every provider', () => {
  describe('before the first token', () => {
    const scene = useScene({ yaml: 'timeouts: { firstTokenMs: 60 }' });

    it.each(FIRST_TOKEN)('bound an upstream that %s', (...test) => expectTimeout(scene, 'openai/m', test));
  });

  describe('after it', () => {
    const scene = useScene({ yaml: 'timeouts: { idleMs: 60 }' });

    it.each(IDLE)('bound an upstream that %s', (...test) => expectTimeout(scene, 'openai/m', test));
  });
});

describe("the caller's own limits", () => {
  const scene = useScene({ yaml: `timeouts: ${LONG} }` });

  it.each<[Record<string, string>, ...Case]>([
    [{ 'x-stainless-timeout': '0.06' }, 'says nothing', 'first_token_timeout', true, 504, stall],
    [
      { 'x-stainless-timeout': '0.06' },
      'sends comments and no content',
      'first_token_timeout',
      true,
      504,
      COMMENTS_FIRST,
    ],
    [{ 'x-stainless-timeout': '0.06' }, 'does not answer a buffered request', 'total_timeout', false, 504, stall],
    [{ 'x-stainless-timeout': '0.06' }, 'stops in a buffered answer', 'total_timeout', false, 504, HALF_BODY],
    [{ 'x-stainless-read-timeout': '0.06' }, 'says nothing', 'first_token_timeout', true, 504, stall],
    [{ 'x-stainless-read-timeout': '2' }, 'falls silent', 'idle_timeout', true, 'frame', SILENT_AFTER],
    [{ 'x-stainless-read-timeout': '0.06' }, 'does not answer a buffered request', 'total_timeout', false, 504, stall],
    [{ 'x-request-timeout-ms': '60' }, 'says nothing', 'total_timeout', true, 504, stall],
    [{ 'x-request-timeout-ms': '2000' }, 'never ends', 'total_timeout', true, 'frame', COMMENTS_AFTER],
    [{ 'x-request-timeout-ms': '60' }, 'does not answer a buffered request', 'total_timeout', false, 504, stall],
  ])('%j ends a call to an upstream that %s', (headers, ...test) => expectTimeout(scene, 'openai/m', test, headers));

  it('x-stainless-timeout ends with the headers: an open stream may take longer', async () => {
    const longer: Reply = async ({ response, request }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(HEL);
      const timer = setTimeout(() => response.end(sse(openAiChunk({ finish_reason: 'stop' }), '[DONE]')), 2_500);
      await Promise.race([request.gone, once(response, 'finish')]);
      clearTimeout(timer);
    };
    scene.upstream.on('POST', CHAT, longer);
    const response = await scene.chat({ model: 'openai/m', stream: true }, { headers: { 'x-stainless-timeout': '2' } });
    expect(await readStream(response)).toMatchObject({ isDone: true });
  });

  it.each(['0', '-1', 'soon', '', '1e999'])('%j is no limit', async (value) => {
    scene.upstream.on('POST', CHAT, json(200, openAiCompletion()));
    const headers = { 'x-stainless-timeout': value, 'x-stainless-read-timeout': value, 'x-request-timeout-ms': value };
    expect((await scene.chat({ model: 'openai/m' }, { headers })).status).toBe(200);
  });

  it('a limit longer than the gateway knows is as long as its own', async () => {
    scene.upstream.on('POST', CHAT, json(200, openAiCompletion()));
    const headers = { 'x-stainless-timeout': '99999999999', 'x-request-timeout-ms': '99999999999' };
    expect((await scene.chat({ model: 'openai/m' }, { headers })).status).toBe(200);
  });
});

describe('a longer limit of the caller', () => {
  const scene = useScene({ yaml: 'timeouts: { firstTokenMs: 60 }' });

  it('does not lengthen the own one', () =>
    expectTimeout(scene, 'openai/m', ['', 'first_token_timeout', true, 504, stall], {
      'x-stainless-timeout': '600',
      'x-stainless-read-timeout': '600',
    }));
});

/** In a process of its own: the client does not know an abort of fetch from outside the realm of a test. */
const TIMED_CLIENT = `
  import OpenAI from 'openai';
  const [baseURL, stream] = process.argv.slice(1);
  const client = new OpenAI({ baseURL, apiKey: 'none', timeout: 1000, maxRetries: 0 });
  const messages = [{ role: 'user', content: 'Say hello.' }];
  const asked = client.chat.completions.create({ model: 'openai/m', messages, stream: JSON.parse(stream) });
  process.stdout.write(await asked.then(() => 'an answer', (error) => error.constructor.name));
`;

describe("an official client's own clock", () => {
  const scene = useScene({ yaml: `timeouts: ${LONG} }` });
  const messages = [{ role: 'user' as const, content: 'Say hello.' }];

  it.each([true, false])('ends before our answer: openai-node raises its timeout (stream: %s)', async (stream) => {
    scene.upstream.on('POST', CHAT, stall);
    const args = ['--input-type=module', '--eval', TIMED_CLIENT, `${scene.gateway.url}/v1`, JSON.stringify(stream)];
    expect((await promisify(execFile)(process.execPath, args)).stdout).toBe('APIConnectionTimeoutError');
    await scene.upstream.requestsTo(CHAT)[0]?.gone;
  });

  it.each<[string, boolean, Reply]>([
    ['x-stainless-timeout', true, stall],
    ['x-stainless-timeout', false, stall],
    ['x-stainless-read-timeout', true, stall],
    ['x-stainless-read-timeout', false, stall],
    ['x-stainless-read-timeout', true, SILENT_AFTER],
  ])('%s (stream: %s): the upstream is stopped then, the error comes 250 ms later', async (header, stream, reply) => {
    scene.upstream.on('POST', CHAT, reply);
    const body = JSON.stringify({ model: 'openai/m', messages, stream });
    const client = new RawExchange(scene.gateway.url).post(CHAT, body, { [header]: '1' });
    const answered = client.received('"timeout_error"').then(() => performance.now());
    const upstream = await scene.upstream.request(CHAT);
    await upstream.gone;
    const stoppedAtMs = performance.now();
    // The upstream hears of it a little after the gateway's clock.
    expect((await answered) - stoppedAtMs).toBeGreaterThan(150);
  });

  it('the whole call’s own limit is exact: its client waits for our answer', async () => {
    scene.upstream.on('POST', CHAT, stall);
    const headers = { 'x-request-timeout-ms': '100', 'x-stainless-timeout': '60' };
    const answer = await scene.chat({ model: 'openai/m' }, { headers });
    await expectError(answer, 504, { code: 'total_timeout' });
  });

  it('leaves nothing behind of a client that is gone by then', async () => {
    scene.upstream.on('POST', CHAT, stall);
    const body = JSON.stringify({ model: 'openai/m', messages });
    const client = new RawExchange(scene.gateway.url).post(CHAT, body, { 'x-stainless-timeout': '0.3' });
    await (
      await scene.upstream.request(CHAT)
    ).gone;
    client.leave();
    await until(
      async () => (await scene.get('/metrics')).text(),
      (text) => text.includes('status="499"'),
    );
  });
});
