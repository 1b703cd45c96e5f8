import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LlmUsage } from './call-options.js';
import { LlmAbortError, LlmTimeoutError, LlmUnavailableError } from './errors.js';
import { createLlmClient, type LlmClient } from './llm-client.js';

interface Seen {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage['headers'];
  body: Record<string, unknown>;
}

const servers: Server[] = [];

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const piece of request) text += String(piece);
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

/** A gateway that answers as `answer` says, and what it was asked. */
async function startGateway(answer: (response: ServerResponse, seen: Seen, count: number) => void) {
  const requests: Seen[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const { method, url, headers } = request;
      const seen = { method, url, headers, body };
      answer(response, seen, requests.push(seen));
    });
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, server };
}

function sendJson(response: ServerResponse, body: unknown, status = 200, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

const completion = (content: string, fields: Record<string, unknown> = {}) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'groq/x',
  choices: [
    { index: 0, message: { role: 'assistant', content, refusal: null }, logprobs: null, finish_reason: 'stop' },
  ],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  ...fields,
});

const frame = (fields: Record<string, unknown>) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'groq/x', ...fields })}\n\n`;
const content = (text: string) => frame({ choices: [{ index: 0, delta: { content: text }, finish_reason: null }] });
const STOP = frame({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
const USAGE = frame({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5, cost: 0.25 } });
const DONE = 'data: [DONE]\n\n';

function sendStream(response: ServerResponse, frames: string[], headers: Record<string, string> = {}): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', ...headers }).end(frames.join(''));
}

async function startStreaming(frames: string[], headers?: Record<string, string>) {
  const gateway = await startGateway((response) => sendStream(response, frames, headers));
  return { ...gateway, client: createLlmClient({ baseUrl: gateway.url }) };
}

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

const ASK = { messages: [{ role: 'user' as const, content: 'Hi' }] };

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

describe('the requests of a client', () => {
  it.each(['', '/', '/v1', '/v1/'])('go to /v1/chat/completions for a base URL that ends in "%s"', async (end) => {
    const gateway = await startGateway((response) => sendJson(response, completion('Hello')));
    await createLlmClient({ baseUrl: `${gateway.url}/llm${end}` }).chat(ASK);
    expect(gateway.requests[0]).toMatchObject({ method: 'POST', url: '/llm/v1/chat/completions' });
  });

  it('carry the key, the caller, the ids and the deadline, a call over the client', async () => {
    const gateway = await startGateway((response) => sendJson(response, completion('Hello')));
    const client = createLlmClient({
      baseUrl: gateway.url,
      apiKey: 'k',
      caller: 'todo-backend',
      timeoutMs: 9_000,
      headers: { 'x-one': '1', 'x-two': '2' },
    });
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await client.chat(ASK, { requestId: 'req-1', traceparent, timeoutMs: 5_000, headers: { 'x-two': 'two' } });
    expect(gateway.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer k',
      'x-mana-llm-caller': 'todo-backend',
      'x-request-id': 'req-1',
      traceparent,
      'x-one': '1',
      'x-two': 'two',
      'content-type': 'application/json',
    });
    const sentMs = Number(gateway.requests[0]?.headers['x-request-timeout-ms']);
    expect(sentMs).toBeGreaterThan(4_000);
    expect(sentMs).toBeLessThanOrEqual(5_000);
  });

  it('have the default model, unless they name one', async () => {
    const gateway = await startGateway((response) => sendJson(response, completion('Hello')));
    const client = createLlmClient({ baseUrl: gateway.url, defaultModel: 'ollama/gemma3:4b' });
    await client.chat(ASK);
    await client.text('Hi', { model: 'groq/x', temperature: 0 });
    expect(gateway.requests.map(({ body }) => body['model'])).toEqual(['ollama/gemma3:4b', 'groq/x']);
    expect(gateway.requests[1]?.body).toEqual({
      ...ASK,
      model: 'groq/x',
      temperature: 0,
      stream: false,
    });
  });

  it.each(['localhost:3025', 'mana-llm', '', 'ftp://mana-llm'])('are not made to the base URL "%s"', (baseUrl) => {
    expect(() => createLlmClient({ baseUrl })).toThrow('baseUrl must be a URL such as http://mana-llm:3025');
  });

  it('are made by the fetch that was given', async () => {
    const urls: string[] = [];
    const own: typeof fetch = (url) => {
      urls.push(url as string);
      return Promise.resolve(Response.json(completion('Hello')));
    };
    expect(await createLlmClient({ baseUrl: 'http://gateway/v1', fetch: own }).text('Hi')).toBe('Hello');
    expect(urls).toEqual(['http://gateway/v1/chat/completions']);
  });
});

describe('a buffered call', () => {
  it('gives the answer, and its usage to onUsage', async () => {
    const answer = completion('Hello');
    const gateway = await startGateway((response) => sendJson(response, answer, 200, { 'x-mana-llm-cache': 'hit' }));
    const usages: LlmUsage[] = [];
    const client = createLlmClient({ baseUrl: gateway.url, onUsage: (usage) => usages.push(usage) });
    expect(await client.chat(ASK)).toEqual(answer);
    expect(usages).toEqual([{ model: 'groq/x', usage: answer.usage, cached: true }]);
  });

  it('is rejected by what onUsage throws', async () => {
    const gateway = await startGateway((response) => sendJson(response, completion('Hello')));
    const onUsage = () => {
      throw new Error('no credits');
    };
    await expect(createLlmClient({ baseUrl: gateway.url, onUsage }).chat(ASK)).rejects.toThrow('no credits');
  });

  it('gives a refusal as the text', async () => {
    const message = { role: 'assistant', content: null, refusal: 'No.' };
    const choices = [{ index: 0, message, logprobs: null, finish_reason: 'stop' }];
    const gateway = await startGateway((response) => sendJson(response, completion('', { choices })));
    expect(await createLlmClient({ baseUrl: gateway.url }).text('Hi')).toBe('No.');
  });

  it('is not repeated where the gateway failed', async () => {
    const gateway = await startGateway((response) => sendJson(response, { error: { message: 'No.' } }, 503));
    await expect(createLlmClient({ baseUrl: gateway.url }).chat(ASK)).rejects.toBeInstanceOf(LlmUnavailableError);
    expect(gateway.requests).toHaveLength(1);
  });

  it('is repeated once where the connection was refused', async () => {
    const gateway = await startGateway((response) => sendJson(response, completion('Hello')));
    const refused = new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) });
    let attempts = 0;
    const flaky: typeof fetch = (...asked) => {
      attempts += 1;
      return attempts === 1 ? Promise.reject(refused) : fetch(...asked);
    };
    expect(await createLlmClient({ baseUrl: gateway.url, fetch: flaky }).text('Hi')).toBe('Hello');
    expect(attempts).toBe(2);
  });

  it('says that the gateway could not be reached, after two attempts', async () => {
    const gateway = await startGateway(() => undefined);
    const closed = once(gateway.server, 'close');
    gateway.server.close();
    await closed;
    let attempts = 0;
    const counted: typeof fetch = (...asked) => {
      attempts += 1;
      return fetch(...asked);
    };
    const call = createLlmClient({ baseUrl: gateway.url, fetch: counted }).chat(ASK);
    await expect(call).rejects.toMatchObject({
      name: 'LlmUnavailableError',
      code: 'connection_failed',
      message: 'The gateway could not be reached (ECONNREFUSED).',
    });
    expect(attempts).toBe(2);
  });

  it('is stopped by its signal, and the gateway sees it', async () => {
    let gone: Promise<unknown> | undefined;
    const leave = new AbortController();
    const gateway = await startGateway((response) => {
      gone = once(response, 'close');
      leave.abort(new Error('user left'));
    });
    const call = createLlmClient({ baseUrl: gateway.url }).chat(ASK, { signal: leave.signal });
    await expect(call).rejects.toBeInstanceOf(LlmAbortError);
    await gone;
  });

  it('is not made where the signal is aborted already', async () => {
    const gateway = await startGateway((response) => sendJson(response, completion('Hello')));
    const call = createLlmClient({ baseUrl: gateway.url }).chat(ASK, { signal: AbortSignal.abort() });
    await expect(call).rejects.toBeInstanceOf(LlmAbortError);
    expect(gateway.requests).toHaveLength(0);
  });

  it('ends with its deadline, also where the gateway says nothing more after the head', async () => {
    const gateway = await startGateway((response) => response.writeHead(200).write('{'));
    const call = createLlmClient({ baseUrl: gateway.url, timeoutMs: 50 }).chat(ASK);
    await expect(call).rejects.toMatchObject({ name: LlmTimeoutError.name, which: 'total' });
  });

  it.each([
    ['UND_ERR_HEADERS_TIMEOUT', 'first_token'],
    ['UND_ERR_BODY_TIMEOUT', 'idle'],
  ])('says for %s of fetch that a limit passed', async (code, which) => {
    const cause = Object.assign(new Error('timeout'), { code });
    const silent: typeof fetch = () => Promise.reject(new TypeError('fetch failed', { cause }));
    const call = createLlmClient({ baseUrl: 'http://gateway', fetch: silent }).chat(ASK);
    await expect(call).rejects.toMatchObject({ name: LlmTimeoutError.name, which });
  });

  it('says that an answer is not JSON', async () => {
    const gateway = await startGateway((response) => response.end('<html>'));
    await expect(createLlmClient({ baseUrl: gateway.url }).chat(ASK)).rejects.toMatchObject({
      name: LlmUnavailableError.name,
      code: 'bad_response',
    });
  });
});

describe('a stream', () => {
  it('gives the chunks, and the usage to onUsage and to the whole answer alone', async () => {
    const { client, requests } = await startStreaming([content('Hel'), content('lo'), STOP, USAGE, DONE], {
      'x-mana-llm-cache': 'miss',
    });
    const usages: LlmUsage[] = [];
    const stream = client.chatStream(ASK, { onUsage: (usage) => usages.push(usage) });
    const chunks = await collect(stream);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content)).toEqual(['Hel', 'lo', undefined]);
    const whole = await stream.completion();
    expect(whole.choices[0]).toMatchObject({ message: { content: 'Hello' }, finish_reason: 'stop' });
    expect(whole.usage?.total_tokens).toBe(5);
    expect(usages).toEqual([{ model: 'groq/x', usage: whole.usage, cost: 0.25, cached: false }]);
    expect(requests[0]?.body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
    expect(requests[0]?.headers.accept).toBe('text/event-stream');
  });

  it('gives the usage frame to a reader who asked for it', async () => {
    const { client } = await startStreaming([content('Hello'), STOP, USAGE, DONE]);
    const chunks = await collect(client.chatStream({ ...ASK, stream_options: { include_usage: true } }));
    expect(chunks.at(-1)?.usage?.total_tokens).toBe(5);
  });

  it('gives texts, whatever the cuts of the bytes', async () => {
    const bytes = Buffer.from([content('Hé'), ': ping\n\n', content('llo 🙂'), STOP, DONE].join(''));
    const gateway = await startGateway((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const byte of bytes) response.write(Buffer.from([byte]));
      response.end();
    });
    const client = createLlmClient({ baseUrl: gateway.url });
    expect(await collect(client.textStream('Hi'))).toEqual(['Hé', 'llo 🙂']);
  });

  it('is asked for when it is read, and once', async () => {
    const { client, requests } = await startStreaming([content('Hello'), STOP, DONE]);
    const stream = client.textStream('Hi');
    await client.models().catch(() => undefined);
    expect(requests).toHaveLength(1);
    expect(await stream.completion()).toMatchObject({ choices: [{ message: { content: 'Hello' } }] });
    await expect(collect(stream)).rejects.toThrow('A stream can be read once.');
    expect(requests).toHaveLength(2);
  });

  it('is read by the loop, where completion() is asked for first', async () => {
    const { client, requests } = await startStreaming([content('Hel'), content('lo'), STOP, DONE]);
    const stream = client.textStream('Hi');
    const whole = stream.completion();
    expect(await collect(stream)).toEqual(['Hel', 'lo']);
    expect((await whole).choices[0]?.message.content).toBe('Hello');
    expect(requests).toHaveLength(1);
  });

  it('leaves the connection to the next call', async () => {
    const { client, server } = await startStreaming([content('Hello'), STOP, DONE]);
    let connections = 0;
    server.on('connection', () => (connections += 1));
    for (let call = 0; call < 10; call += 1) await collect(client.textStream('Hi'));
    // The connection is free a moment after the last byte: the next call may open a second one, and no more.
    expect(connections).toBeLessThanOrEqual(2);
  });

  it('throws where it broke, with the text so far', async () => {
    const { client } = await startStreaming([content('Hel')], { 'x-request-id': 'r1' });
    const stream = client.textStream('Hi');
    const texts: string[] = [];
    const read = async () => {
      for await (const text of stream) texts.push(text);
    };
    await expect(read()).rejects.toMatchObject({ name: 'LlmStreamBrokenError', partialText: 'Hel', requestId: 'r1' });
    expect(texts).toEqual(['Hel']);
    await expect(stream.completion()).rejects.toMatchObject({ name: 'LlmStreamBrokenError' });
  });

  it('throws what the gateway answers before it is open', async () => {
    const gateway = await startGateway((response) => sendJson(response, { error: { message: 'Slow.' } }, 429));
    const read = collect(createLlmClient({ baseUrl: gateway.url }).textStream('Hi'));
    await expect(read).rejects.toMatchObject({ name: 'LlmRateLimitError', status: 429 });
  });

  it('is rejected by what onUsage throws', async () => {
    const { client } = await startStreaming([content('Hello'), STOP, USAGE, DONE]);
    const onUsage = () => {
      throw new Error('no credits');
    };
    await expect(collect(client.textStream('Hi', { onUsage }))).rejects.toThrow('no credits');
  });
});

/** A stream that does not end by itself. */
async function startEndless() {
  let gone: Promise<unknown> | undefined;
  const gateway = await startGateway((response) => {
    gone = once(response, 'close');
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(content('Hel'));
  });
  return { client: createLlmClient({ baseUrl: gateway.url }), gone: () => gone };
}

describe('a stream that is left', () => {
  async function readFirst(client: LlmClient, leave: (stream: { abort(): void }) => boolean) {
    const stream = client.textStream('Hi');
    for await (const _ of stream) if (leave(stream)) break;
    return stream;
  }

  it('ends its request where the loop is left', async () => {
    const { client, gone } = await startEndless();
    const stream = await readFirst(client, () => true);
    await gone();
    await expect(stream.completion()).rejects.toMatchObject({ name: 'LlmAbortError', partialText: 'Hel' });
  });

  it('ends its request and throws where it is stopped', async () => {
    const { client, gone } = await startEndless();
    const reading = readFirst(client, (stream) => (stream.abort(), false));
    await expect(reading).rejects.toMatchObject({ name: 'LlmAbortError', partialText: 'Hel' });
    await gone();
  });

  it('does not begin where it was stopped before', async () => {
    const { client, requests } = await startStreaming([content('Hello'), STOP, DONE]);
    const stream = client.textStream('Hi');
    stream.abort();
    await expect(collect(stream)).rejects.toBeInstanceOf(LlmAbortError);
    expect(requests).toHaveLength(0);
  });

  it('ends at its deadline, with the text so far', async () => {
    const { client, gone } = await startEndless();
    const reading = collect(client.textStream('Hi', { timeoutMs: 50 }));
    await expect(reading).rejects.toMatchObject({ name: 'LlmTimeoutError', which: 'total', partialText: 'Hel' });
    await gone();
  });
});

describe('embed', () => {
  const base64 = (values: number[]) => Buffer.from(new Float32Array(values).buffer).toString('base64');

  it('gives a vector per text in their order, in several requests, as base64 on the wire', async () => {
    const gateway = await startGateway((response, { body }) => {
      const input = body['input'] as string[];
      const data = input.map((text, index) => ({ object: 'embedding', index, embedding: base64([Number(text), 0.5]) }));
      sendJson(response, { object: 'list', data: data.reverse(), model: 'x', usage: { prompt_tokens: input.length } });
    });
    const texts = Array.from({ length: 600 }, (_, index) => String(index));
    const usages: LlmUsage[] = [];
    const vectors = await createLlmClient({ baseUrl: gateway.url }).embed(texts, {
      model: 'ollama/e',
      dimensions: 2,
      onUsage: (usage) => usages.push(usage),
    });
    expect(vectors.map(([first]) => first)).toEqual(texts.map(Number));
    expect(vectors[0]).toEqual(new Float32Array([0, 0.5]));
    const bodies = gateway.requests.map(({ body }) => body);
    expect(bodies.map(({ input }) => (input as string[]).length)).toEqual([256, 256, 88]);
    expect(bodies[0]).toMatchObject({ model: 'ollama/e', dimensions: 2, encoding_format: 'base64' });
    expect(usages.map(({ usage }) => usage.prompt_tokens)).toEqual([256, 256, 88]);
  });

  it('takes one text, and vectors as numbers', async () => {
    const data = [{ object: 'embedding', index: 0, embedding: [1, 2] }];
    const gateway = await startGateway((response) => sendJson(response, { object: 'list', data, model: 'x' }));
    const client = createLlmClient({ baseUrl: gateway.url });
    expect(await client.embed('a')).toEqual([new Float32Array([1, 2])]);
    expect(await client.embed([])).toEqual([]);
    expect(gateway.requests).toHaveLength(1);
  });

  it.each([
    ['one too few', []],
    ['one twice', [0, 0]],
    ['one too many', [0, 1, 2]],
  ])('throws where the gateway gives %s', async (_, indexes) => {
    const data = indexes.map((index) => ({ object: 'embedding', index, embedding: base64([1]) }));
    const gateway = await startGateway((response) => sendJson(response, { object: 'list', data, model: 'x' }));
    await expect(createLlmClient({ baseUrl: gateway.url }).embed(['a', 'b'])).rejects.toMatchObject({
      name: 'LlmUnavailableError',
      code: 'bad_response',
    });
  });
});

describe('models and health', () => {
  it('gives the list of models', async () => {
    const data = [{ id: 'groq/x', object: 'model', created: 1, owned_by: 'groq' }];
    const gateway = await startGateway((response) => sendJson(response, { object: 'list', data }));
    expect(await createLlmClient({ baseUrl: gateway.url }).models()).toEqual(data);
    expect(gateway.requests[0]).toMatchObject({ method: 'GET', url: '/v1/models' });
  });

  it.each([200, 503])('gives the report of a gateway that answers %d', async (status) => {
    const report = { status: status === 200 ? 'healthy' : 'unhealthy', service: 'mana-llm', providers: {} };
    const gateway = await startGateway((response) => sendJson(response, report, status));
    expect(await createLlmClient({ baseUrl: `${gateway.url}/v1` }).health()).toEqual(report);
    expect(gateway.requests[0]?.url).toBe('/health');
  });

  it('throws where the gateway refuses', async () => {
    const gateway = await startGateway((response) => sendJson(response, { error: { message: 'No key.' } }, 401));
    await expect(createLlmClient({ baseUrl: gateway.url }).health()).rejects.toMatchObject({
      name: 'LlmAuthenticationError',
    });
  });
});
