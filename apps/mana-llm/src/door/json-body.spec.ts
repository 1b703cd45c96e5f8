import { once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { json as readJson } from 'node:stream/consumers';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { ErrorBody } from '@mana-llm/openai-api';
import type { Request, Response } from 'express';
import { toFailure } from '../errors/to-failure.js';
import { BodyMemory } from './body-memory.js';
import { jsonBody } from './json-body.js';

const MIB_BYTES = 1024 * 1024;
const LIMIT_BYTES = 10 * MIB_BYTES;
const LIMITS = { maxBytes: LIMIT_BYTES, maxDepth: 512, maxValues: 1_000_000 };

interface Answer {
  status: number;
  body: ErrorBody & { received?: unknown };
}

function toAnswer(error: unknown): Answer {
  const { status, message, type, param, code } = toFailure(error);
  return { status, body: { error: { message, type, param, code } } };
}

describe(jsonBody.name, () => {
  let server: Server;
  let errors: unknown[];
  let middleware: ReturnType<typeof jsonBody>;

  beforeEach(async () => {
    errors = [];
    middleware = jsonBody(LIMITS, new BodyMemory(64 * MIB_BYTES));
    server = createServer((request, response) => {
      middleware(request as Request, response as Response, (error?: unknown) => {
        if (error === undefined && request.headers['x-hold'] !== undefined) return server.emit('held', response);
        const received = { status: 200, body: { received: (request as Request).body as unknown } };
        const { status, body } = error === undefined ? received : toAnswer(error);
        if (error !== undefined) errors.push(error);
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
        server.emit('answered');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const open = (headers: Record<string, string | number>, method = 'POST'): ClientRequest => {
    const { port } = server.address() as AddressInfo;
    return httpRequest({
      port,
      host: '127.0.0.1',
      method,
      headers: { 'content-type': 'application/json', ...headers },
    });
  };

  const answerOf = async (request: ClientRequest): Promise<Answer> => {
    const [incoming] = (await once(request, 'response')) as [IncomingMessage];
    return { status: incoming.statusCode ?? 0, body: (await readJson(incoming)) as Answer['body'] };
  };

  const send = (body: string | Buffer, headers: Record<string, string | number> = {}): Promise<Answer> => {
    const request = open({ 'content-length': Buffer.byteLength(body), ...headers });
    const answer = answerOf(request);
    return Promise.all([answer, new Promise<void>((sent) => request.end(body, sent))]).then(([received]) => received);
  };

  const messageOf = ({ body }: Answer): string => body.error.message;

  it.each([
    ['application/json'],
    ['application/json; charset=utf-8'],
    ['Application/JSON;charset=UTF-8'],
    ['application/vnd.api+json'],
  ])('reads a body of type %s', async (contentType) => {
    expect(await send('{"text":"häßlich 🎈"}', { 'content-type': contentType })).toEqual({
      status: 200,
      body: { received: { text: 'häßlich 🎈' } },
    });
  });

  it('reads characters that come cut in the middle', async () => {
    const bytes = Buffer.from('{"text":"🎈"}');
    const request = open({});
    const answer = answerOf(request);
    for (const byte of bytes) {
      await new Promise((written) => request.write(Uint8Array.of(byte), written));
    }
    request.end();
    expect((await answer).body.received).toEqual({ text: '🎈' });
  });

  it('skips a byte order mark', async () => {
    expect((await send('\uFEFF{"a":1}')).body.received).toEqual({ a: 1 });
  });

  it('leaves methods other than POST alone', async () => {
    const request = open({ 'content-type': 'text/plain' }, 'GET');
    request.end();
    expect(await answerOf(request)).toEqual({ status: 200, body: {} });
  });

  it.each([
    ['no type', '', 'No content type was sent. Send JSON with "content-type: application/json".'],
    [
      'text',
      'text/plain',
      'The content type text/plain is not supported. Send JSON with "content-type: application/json".',
    ],
    ['a form', 'application/x-www-form-urlencoded', expect.stringContaining('x-www-form-urlencoded is not supported')],
    [
      'a type that begins like JSON',
      'application/jsonp',
      expect.stringContaining('application/jsonp is not supported'),
    ],
  ])('answers 415 to %s', async (_what, contentType, message) => {
    const answer = await send('{}', { 'content-type': contentType });
    expect({ status: answer.status, message: messageOf(answer) }).toEqual({ status: 415, message });
  });

  it.each([
    ['an object that does not end', '{"a":', 'The body is not valid JSON: Unexpected end of JSON input.'],
    ['a word', 'hello', "The body is not valid JSON: Unexpected token 'h'."],
    ['an early secret', '{"a":x secret}', "The body is not valid JSON: Unexpected token 'x'."],
    [
      'a late secret',
      `{"a":"${'b'.repeat(100)} secret" secret}`,
      expect.stringMatching(/^The body is not valid JSON: Expected ',' or '}'/),
    ],
    [
      'a secret in the midst',
      `["${'b'.repeat(99)}", secret, "${'b'.repeat(99)}"]`,
      "The body is not valid JSON: Unexpected token 's'.",
    ],
    ['quotes inside', '{"a": is not valid JSON}"', "The body is not valid JSON: Unexpected token 'i'."],
    ['nothing', '', 'The body is empty. Send a JSON object.'],
    ['blanks', ' \n ', 'The body is empty. Send a JSON object.'],
    [
      'text that is not UTF-8',
      Buffer.from('{"a":"h\xe4"}', 'latin1'),
      'The body is not valid UTF-8. Send JSON in UTF-8.',
    ],
  ])('answers 400 to %s without quoting it', async (_what, body, message) => {
    const answer = await send(body);
    expect({ status: answer.status, type: answer.body.error.type, message: messageOf(answer) }).toEqual({
      status: 400,
      type: 'invalid_request_error',
      message,
    });
    expect(messageOf(answer)).not.toContain('secret');
  });

  describe('with a compressed body', () => {
    const TEXTS: [string, unknown][] = [
      ['small', { text: 'hello' }],
      ['that inflates to many pieces', { text: randomBytes(MIB_BYTES).toString('hex') }],
    ];
    const ENCODINGS: [string, (text: string) => Buffer][] = [
      ['gzip', gzipSync],
      ['x-gzip', gzipSync],
      ['GZIP', gzipSync],
      ['deflate', deflateSync],
      ['br', brotliCompressSync],
      ['identity', Buffer.from],
    ];

    describe.each(ENCODINGS)('(%s)', (encoding, compress) => {
      it.each(TEXTS)('reads one %s', async (_size, value) => {
        const answer = await send(compress(JSON.stringify(value)), { 'content-encoding': encoding });
        expect(answer.status).toBe(200);
        expect(answer.body.received).toEqual(value);
      });
    });

    it.each([
      ['gzip', gzipSync],
      ['deflate', deflateSync],
      ['br', brotliCompressSync],
    ])('counts what %s inflates to: a bomb is 413', async (encoding, compress) => {
      const bomb = compress(Buffer.alloc(2 * LIMIT_BYTES, 'a'));
      expect(bomb.length).toBeLessThan(LIMIT_BYTES / 100);
      const answer = await send(bomb, { 'content-encoding': encoding });
      expect(answer).toMatchObject({ status: 413, body: { error: { code: 'request_too_large' } } });
    });

    it.each([
      ['gzip', gzipSync],
      ['deflate', deflateSync],
      ['br', brotliCompressSync],
    ])('refuses a body that %s makes more than 200 times as large, past 1 MiB', async (encoding, compress) => {
      const text = (bytes: number): Buffer => compress(JSON.stringify('a'.repeat(bytes)));
      expect((await send(text(MIB_BYTES - 2), { 'content-encoding': encoding })).status).toBe(200);
      const answer = await send(text(2 * MIB_BYTES), { 'content-encoding': encoding });
      expect({ status: answer.status, message: messageOf(answer) }).toEqual({
        status: 413,
        message: 'Decompressed, the body is more than 200 times as large. Send it without a content encoding.',
      });
    });

    it.each([
      ['that is cut off', gzipSync('{"a":1}').subarray(0, 15)],
      ['that is none', Buffer.from('{"a":1}')],
    ])('answers 400 to one %s', async (_what, body) => {
      const answer = await send(body, { 'content-encoding': 'gzip' });
      expect({ status: answer.status, message: messageOf(answer) }).toEqual({
        status: 400,
        message: 'The body could not be read to the end.',
      });
    });

    it('answers 415 to an encoding that it does not know', async () => {
      const answer = await send('{}', { 'content-encoding': 'zstd' });
      expect({ status: answer.status, message: messageOf(answer) }).toEqual({
        status: 415,
        message: 'The content encoding zstd is not supported. Send gzip, deflate, br or none.',
      });
    });
  });

  describe('with a body over the limit', () => {
    const refused = {
      status: 413,
      body: {
        error: {
          message: 'The body is larger than 10 MiB. Send less, or raise limits.bodyMb.',
          type: 'invalid_request_error',
          param: null,
          code: 'request_too_large',
        },
      },
    };

    it('reads one of exactly the limit', async () => {
      const text = JSON.stringify('a'.repeat(LIMIT_BYTES - 2));
      expect((await send(text)).status).toBe(200);
    });

    it('refuses one that is a byte longer', async () => {
      expect(await send(JSON.stringify('a'.repeat(LIMIT_BYTES - 1)))).toEqual(refused);
    });

    it('tells a limit of half a MiB as it is', async () => {
      middleware = jsonBody({ ...LIMITS, maxBytes: MIB_BYTES / 2 }, new BodyMemory(64 * MIB_BYTES));
      const answer = await send(JSON.stringify('a'.repeat(MIB_BYTES / 2)));
      expect(messageOf(answer)).toBe('The body is larger than 0.5 MiB. Send less, or raise limits.bodyMb.');
    });

    it('answers before the body comes when its length is told', async () => {
      const request = open({ 'content-length': LIMIT_BYTES + 1 });
      request.flushHeaders();
      expect(await answerOf(request)).toEqual(refused);
      request.destroy();
    });

    // A client that goes on writing meets a reset, and loses the answer, when the server closes on unread bytes.
    it.each([
      ['told its length', { 'content-length': 60 * MIB_BYTES }],
      ['sends chunks', {}],
      ['told its length and asks to close', { 'content-length': 60 * MIB_BYTES, connection: 'close' }],
      ['sends chunks and asks to close', { connection: 'close' }],
    ])('reaches a client that %s and still sends 60 MiB', async (_how, headers) => {
      const piece = Buffer.alloc(MIB_BYTES, 'a');
      const request = open(headers);
      const answer = answerOf(request);
      const sent = (async () => {
        for (let count = 0; count < 60; count += 1) {
          await new Promise<void>((resolve, reject) =>
            request.write(piece, (error) => (error ? reject(error) : resolve())),
          );
        }
        request.end();
      })();
      const [received] = await Promise.all([answer, sent]);
      expect(received).toEqual(refused);
    });

    it('serves the next request on the same connection', async () => {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').setEncoding('utf8');
      const head = ['POST / HTTP/1.1', 'host: x', 'content-type: application/json'];
      const body = 'a'.repeat(LIMIT_BYTES + 1);
      socket.write([...head, `content-length: ${body.length}`, '', body].join('\r\n'));
      socket.write([...head, 'connection: close', 'content-length: 7', '', '{"a":1}'].join('\r\n'));
      let text = '';
      socket.on('data', (piece) => (text += String(piece)));
      await once(socket, 'close');
      expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200']);
    });
  });

  describe('with a body that costs more than its length tells', () => {
    const tooDeep = 'The body cannot be read: it nests deeper than 512 levels. Send less, or raise limits.jsonDepth.';
    const tooMany =
      'The body cannot be read: it holds more than 1000000 values. Send less, or raise limits.jsonValues.';

    it.each<[string, string | Buffer, string, Record<string, string>]>([
      ['lists in lists', '['.repeat(LIMIT_BYTES), tooDeep, {}],
      ['empty objects', `[${'{},'.repeat(1_100_000)}{}]`, tooMany, {}],
      ['lists in lists, compressed', gzipSync('['.repeat(LIMIT_BYTES)), tooDeep, { 'content-encoding': 'gzip' }],
      ['numbers', `[${'1,'.repeat(1_100_000)}1]`, tooMany, {}],
    ])('refuses %s while they come, and parses nothing', async (_what, body, message, headers) => {
      const parse = jest.spyOn(JSON, 'parse');
      const answer = await send(body, headers);
      const parsed = parse.mock.calls.filter(([text]) => text.length > 1000);
      parse.mockRestore();
      expect({ status: answer.status, message: messageOf(answer) }).toEqual({ status: 400, message });
      expect(parsed).toEqual([]);
    });

    it('reads 9 MiB of code or of a table as one text', async () => {
      for (const text of ['[{,"\\:}],'.repeat(MIB_BYTES / 2), '1,2,"a,b",[x]\n'.repeat(MIB_BYTES / 2)]) {
        expect((await send(JSON.stringify({ text }))).body.received).toEqual({ text });
      }
    });
  });

  describe('with others at the same time', () => {
    const MIB_TEXT = JSON.stringify('a'.repeat(MIB_BYTES - 2));

    /** A request whose answer is held until the test lets go of it. */
    const holdOne = async (): Promise<() => Promise<void>> => {
      const served = once(server, 'held');
      const request = open({ 'content-length': MIB_BYTES, 'x-hold': '1' });
      request.on('error', () => undefined).end(MIB_TEXT);
      const [response] = (await served) as [ServerResponse];
      return async () => {
        const closed = once(response, 'close');
        response.end();
        await closed;
      };
    };

    beforeEach(() => {
      middleware = jsonBody(LIMITS, new BodyMemory(2.5 * MIB_BYTES));
    });

    it('refuses a large one for which there is no room, up to the end of another one', async () => {
      const [letGo, letGoToo] = [await holdOne(), await holdOne()];
      const answer = await send(MIB_TEXT);
      expect(answer).toMatchObject({
        status: 429,
        body: { error: { type: 'rate_limit_error', code: 'too_many_large_requests' } },
      });
      expect(messageOf(answer)).toContain('limits.bodiesInFlightMb');
      await letGo();
      expect((await send(MIB_TEXT)).status).toBe(200);
      await letGoToo();
    });

    it('counts the values of a body, which take more memory than their text', async () => {
      const letGo = await holdOne();
      expect((await send(`[${'0,'.repeat(60_000)}0]`)).status).toBe(429);
      await letGo();
    });

    it('lets small ones pass at any time, and a large one that is alone', async () => {
      const letGo = [await holdOne(), await holdOne()];
      expect((await send(JSON.stringify('a'.repeat(60 * 1024)))).status).toBe(200);
      for (const one of letGo) await one();
      expect((await send(JSON.stringify('a'.repeat(5 * MIB_BYTES)))).status).toBe(200);
    });
  });

  it.each([
    ['a plain body', {}],
    ['a compressed one', { 'content-encoding': 'gzip' }],
  ])('waits no longer for a client that leaves while it sends %s', async (_what, headers) => {
    const request = open({ 'content-length': 100, ...headers });
    request.on('error', () => undefined);
    const arrived = once(server, 'request');
    request.write('{');
    await arrived;
    const answered = once(server, 'answered');
    request.destroy();
    await answered;
    expect(errors).toEqual([expect.objectContaining({ status: 400 })]);
  });
});
