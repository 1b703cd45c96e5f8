import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { CallRecord } from '../call/call-record.js';
import { RawExchange } from '../../test/support/raw-exchange.js';
import { answerClientErrors } from './client-errors.js';

const CHUNKED = ['POST /x HTTP/1.1', 'host: x', 'transfer-encoding: chunked', ''];

describe(answerClientErrors.name, () => {
  let server: Server;
  let url: string;
  let records: CallRecord[];
  let started: jest.Mock;
  /** What the server does with a request that it can read; it reads each body. */
  let handle: (request: IncomingMessage, response: ServerResponse) => void;

  beforeEach(async () => {
    records = [];
    started = jest.fn();
    handle = () => undefined;
    server = createServer({ headersTimeout: 400, requestTimeout: 500, connectionsCheckingInterval: 20 });
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      response.setHeader('x-request-id', 'known');
      handle(request.resume(), response);
    });
    answerClientErrors(server, {
      onStart: () => void started(),
      onEnd: (record) => void records.push(record),
      toBody: ({ type, code, param, message }, url) => ({ error: { type, code, param, message }, url }),
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it.each<[string, string[], number, string]>([
    ['no HTTP', ['hello', '', ''], 400, 'invalid_http'],
    ['a TLS handshake', ['\x16\x03\x01\x02\x00', ''], 400, 'invalid_http'],
    ['a method that nobody knows', ['GRAB / HTTP/1.1', 'host: x', '', ''], 400, 'invalid_http'],
    ['a header without a colon', ['GET / HTTP/1.1', 'host x', '', ''], 400, 'invalid_http'],
    ['a length that is no number', ['POST / HTTP/1.1', 'host: x', 'content-length: ten', '', ''], 400, 'invalid_http'],
    [
      'a length beside chunks',
      ['POST / HTTP/1.1', 'host: x', 'content-length: 1', 'transfer-encoding: chunked', '', ''],
      400,
      'invalid_http',
    ],
    ['large headers', ['GET / HTTP/1.1', `cookie: secret${'c'.repeat(40_000)}`, '', ''], 431, 'headers_too_large'],
    ['huge headers', ['GET / HTTP/1.1', `cookie: secret${'c'.repeat(4_000_000)}`, '', ''], 431, 'headers_too_large'],
    ['a long address', [`GET /${'x'.repeat(40_000)} HTTP/1.1`, '', ''], 431, 'headers_too_large'],
    ['headers that never end', ['GET / HTTP/1.1', 'host: x'], 408, 'request_timeout'],
  ])('answers %s in the shape for no URL, and counts it once', async (_what, lines, status, code) => {
    const answer = await new RawExchange(url).send(...lines).answer();
    expect(answer.status).toBe(status);
    expect(answer.headers).toEqual({
      'x-request-id': expect.stringMatching(/^[\w.-]{1,128}$/),
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(answer.body)),
      connection: 'close',
    });
    expect(JSON.parse(answer.body)).toEqual({
      error: { message: expect.stringMatching(/\. \w/), type: 'invalid_request_error', param: null, code },
    });
    expect(started).toHaveBeenCalledTimes(1);
    expect(records).toEqual([
      {
        requestId: answer.headers['x-request-id'],
        method: 'unknown',
        route: 'unmatched',
        startedAtMs: expect.any(Number),
        status,
        errorCode: code,
      },
    ]);
  });

  it.each<[string, string[], number, string]>([
    ['chunks are broken', [...CHUNKED, 'zz', ''], 400, 'invalid_http'],
    ['chunks have long extensions', [...CHUNKED, `1;x=${'y'.repeat(20_000)}`, 'a', ''], 413, 'request_too_large'],
    ['body never comes whole', [...CHUNKED, '1', 'a', ''], 408, 'request_timeout'],
  ])(
    'answers a request whose %s with its own id and its URL’s shape, and leaves the record to it',
    async (_what, lines, status, code) => {
      const answer = await new RawExchange(url).send(...lines).answer();
      expect(answer).toMatchObject({ status, headers: { 'x-request-id': 'known', connection: 'close' } });
      expect(JSON.parse(answer.body)).toMatchObject({ error: { type: 'invalid_request_error', code }, url: '/x' });
      expect(records).toEqual([]);
    },
  );

  it.each([
    ['that has begun', (response: ServerResponse) => void response.write('data: a\n\n')],
    ['that has not begun', () => undefined],
  ])(
    'cuts an answer %s where broken bytes come behind its request, and writes nothing into it',
    async (_what, begin) => {
      const raw = new RawExchange(url);
      handle = (request, response) => {
        request.once('end', () => {
          begin(response);
          raw.send('garbage', '', '');
        });
      };
      const { body } = await raw.send('GET / HTTP/1.1', 'host: x', '', '').answer();
      expect(body).not.toContain('error');
      expect(records).toEqual([]);
    },
  );

  it('closes the connection behind an answer that was given before its request turned out to be broken', async () => {
    handle = (_request, response) => void response.end('early');
    expect(await new RawExchange(url).send(...CHUNKED, 'zz', '').answer()).toMatchObject({
      status: 200,
      body: 'early',
    });
    expect(records).toEqual([]);
  });

  it('says nothing to a client that leaves in its request', async () => {
    const client = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
    const gone = new Promise<boolean>((resolve) => {
      handle = (_request, response) => {
        response.once('close', () => resolve(response.headersSent));
        client.end();
      };
    });
    client.write(`${CHUNKED.join('\r\n')}\r\n`);
    expect(await gone).toBe(false);
    client.destroy();
  });

  it('says nothing to a client that resets its connection', async () => {
    const client = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
    await once(server, 'connection');
    client.resetAndDestroy();
    await once(server, 'clientError');
    expect(records).toEqual([]);
  });

  it('lets go of a client that never reads its answer', async () => {
    const client = connect(Number(new URL(url).port), '127.0.0.1').pause();
    client.write('hello\r\n\r\n');
    const [, socket] = (await once(server, 'clientError')) as [Error, Socket];
    await once(socket, 'close');
    client.destroy();
  });
});
