import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What an upstream does; the model's name says which. The first ones give whole answers. */
export const WHOLE = ['well', 'well', 'well', 'late', 'reasoning', 'whole-for-stream'] as const;
export const BROKEN = [
  'reset',
  'close',
  'unmarked',
  'garbage',
  'no-utf8',
  'error',
  'numeric-error',
  'failed-finish',
  'broken-chunks',
  'short-body',
  'stall',
  'stall-at-once',
  'not-a-stream',
  'status-500',
  'status-429',
  'huge-event',
] as const;
export type Behaviour = (typeof WHOLE)[number] | (typeof BROKEN)[number];

export const WORDS = Array.from({ length: 12 }, (_, position) => `word${position} `);
const OVER_8_MIB = 'x'.repeat(8 * 1024 * 1024 + 1);
const MAX_PAUSE_MS = 60;

const sse = (event: object | string): string =>
  `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`;
const chunk = (delta: object, finishReason: string | null = null): string =>
  sse({
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta, finish_reason: finishReason }],
  });
const usage = { prompt_tokens: 1, completion_tokens: WORDS.length, total_tokens: 1 + WORDS.length };
const END = chunk({}, 'stop') + sse({ choices: [], usage }) + sse('[DONE]');
const COMPLETION = {
  id: 'c',
  object: 'chat.completion',
  created: 1,
  choices: [{ index: 0, message: { role: 'assistant', content: WORDS.join('') }, finish_reason: 'stop' }],
  usage,
};

const json = (response: http.ServerResponse, status: number, body: object): void =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

/** Ends a stream in the way of the behaviour; a stall ends when the gateway leaves. */
function endStream(response: http.ServerResponse, behaviour: Behaviour): void {
  switch (behaviour) {
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'close':
    case 'short-body':
      response.socket?.end();
      return;
    case 'unmarked':
      response.end();
      return;
    case 'garbage':
      response.end(sse('{"oops'));
      return;
    case 'no-utf8':
      response.end(Buffer.from(chunk({ content: '\xff' }), 'latin1'));
      return;
    case 'error':
      response.end(sse({ error: { message: 'The engine stopped.', type: 'server_error' } }) + sse('[DONE]'));
      return;
    case 'numeric-error':
      response.end(sse({ error: { code: 503, message: 'Busy.' } }));
      return;
    case 'failed-finish':
      response.end(chunk({}, 'error') + sse('[DONE]'));
      return;
    case 'broken-chunks':
      response.socket?.write('zz\r\noops\r\n');
      return;
    case 'huge-event':
      response.end(chunk({ content: OVER_8_MIB }) + END);
      return;
    case 'late':
      response.end(END + chunk({ content: 'oops' }));
      return;
    case 'stall':
    case 'stall-at-once':
      return;
    default:
      response.end(END);
  }
}

async function stream(response: http.ServerResponse, behaviour: Behaviour): Promise<void> {
  const headers = {
    'content-type': 'text/event-stream',
    ...(behaviour === 'short-body' ? { 'content-length': '100000' } : {}),
  };
  response.writeHead(200, headers).flushHeaders();
  const isWhole = WHOLE.some((name) => name === behaviour);
  const count = isWhole ? WORDS.length : Math.floor(Math.random() * WORDS.length);
  if (behaviour === 'reasoning') response.write(chunk({ reasoning_content: 'Hm.' }));
  for (const word of WORDS.slice(0, behaviour === 'stall-at-once' ? 0 : count)) {
    if (response.destroyed) return;
    response.write(chunk({ content: word }));
    await sleep(Math.random() * MAX_PAUSE_MS);
  }
  if (!response.destroyed) endStream(response, behaviour);
}

async function buffered(response: http.ServerResponse, behaviour: Behaviour): Promise<void> {
  await sleep(Math.random() * MAX_PAUSE_MS * WORDS.length);
  if (response.destroyed) return;
  const text = JSON.stringify(COMPLETION);
  if (WHOLE.some((name) => name === behaviour)) return json(response, 200, COMPLETION);
  if (behaviour === 'error' || behaviour === 'numeric-error')
    return json(response, 200, { error: { code: 503, message: 'Busy.' } });
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(text.length + 10) });
  response.write(text.slice(0, 40));
  if (behaviour === 'reset') response.socket?.resetAndDestroy();
  else if (!behaviour.startsWith('stall')) response.socket?.end();
}

async function answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  if (request.method === 'GET') return json(response, 200, { object: 'list', data: [] });
  const { model, stream: isStream } = JSON.parse(Buffer.concat(pieces).toString()) as {
    model: Behaviour;
    stream?: boolean;
  };
  if (model === 'status-500') return json(response, 500, { error: { message: 'No.' } });
  if (model === 'status-429') return json(response, 429, { error: { message: 'Slow down.' } });
  if (model === 'not-a-stream') return json(response, 200, ['oops']);
  if (model === 'whole-for-stream') return json(response, 200, COMPLETION);
  return isStream ? stream(response, model) : buffered(response, model);
}

export interface SoakUpstream {
  url: string;
  openConnections(): Promise<number>;
  stop(): void;
}

/** Breaks in every way that the model's name asks for, after a random number of words. */
export async function startSoakUpstream(): Promise<SoakUpstream> {
  const server = http.createServer((request, response) => {
    response.on('error', () => undefined);
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    openConnections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
