import { randomUUID } from 'node:crypto';
import { maxHeaderSize, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { ApiError } from '@mana-llm/openai-api';
import type { NextFunction, Request, Response } from 'express';
import { openAiError, type OpenAiError } from '../errors/openai-error.js';
import type { RequestRecord } from '../call/request-record.js';
import { getRequestState } from '../call/request-state.js';

/** The client may still be sending: closing on unread bytes resets the connection, and its client often loses the answer. */
const LINGER_MS = 1_000;

const INVALID = { type: 'invalid_request_error' };

/** By Node's codes, with the statuses that Node itself would give (https://nodejs.org/api/http.html#event-clienterror). */
const ANSWERS: ReadonlyMap<string | undefined, OpenAiError> = new Map([
  [
    'HPE_HEADER_OVERFLOW',
    openAiError(431, {
      ...INVALID,
      message: `The headers are larger than ${maxHeaderSize / 1024} KiB. Send fewer or shorter ones.`,
      code: 'headers_too_large',
    }),
  ],
  [
    'HPE_CHUNK_EXTENSIONS_OVERFLOW',
    openAiError(413, {
      ...INVALID,
      message: 'A chunk of the body has extensions that are too long. Send chunks without extensions.',
      code: 'request_too_large',
    }),
  ],
  [
    'ERR_HTTP_REQUEST_TIMEOUT',
    openAiError(408, {
      ...INVALID,
      message: 'The request did not come whole in time. Send it again.',
      code: 'request_timeout',
    }),
  ],
]);

const INVALID_HTTP = openAiError(400, {
  ...INVALID,
  message: 'This is no valid HTTP/1.1 request. Check the client, or the proxy in front of the gateway.',
  code: 'invalid_http',
});

function answerFor(code: string | undefined): OpenAiError | undefined {
  return ANSWERS.get(code) ?? (code?.startsWith('HPE_') ? INVALID_HTTP : undefined);
}

/** The answer that a connection is at, as Node's own handler of `clientError` looks it up; there is no public way. */
function responseOf(socket: Duplex): ServerResponse<Request> | undefined {
  return (socket as { _httpMessage?: ServerResponse<Request> | null })._httpMessage ?? undefined;
}

/** The broken bytes are behind a request that came whole and is being answered: an answer to them would end up in that one. */
function isBehind({ headersSent, req }: ServerResponse<Request>): boolean {
  return headersSent || req.complete;
}

const codeOf = ({ body: { error } }: OpenAiError): string => error.code ?? error.type;

function headersOf(body: string): Record<string, string | number> {
  return {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
}

function closeSoon(socket: Duplex, lastBytes = ''): void {
  socket.end(lastBytes);
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}

/** For a request that got no answer object: its headers could not be read. */
function writeAnswer(socket: Duplex, { status, body }: OpenAiError, requestId: string): void {
  const text = JSON.stringify(body);
  const headers = Object.entries({ 'x-request-id': requestId, ...headersOf(text) });
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  closeSoon(socket, [...head, '', text].join('\r\n'));
}

/** For a request whose body is broken; how it ended is told with the request itself. */
function endAnswer(response: ServerResponse<Request>, answer: OpenAiError): void {
  const state = getRequestState(response.req);
  if (state !== undefined) state.record.errorCode = codeOf(answer);
  const text = JSON.stringify(answer.body);
  response.writeHead(answer.status, headersOf(text)).end(text);
}

const UNREAD_REQUEST = { method: 'unknown', route: 'unmatched' };

export interface ClientErrorOptions {
  onStart: () => void;
  onEnd: (record: RequestRecord) => void;
}

/**
 * Answers what is no request in OpenAI's shape: headers that are too large, broken HTTP, a request that never comes whole. What
 * Node would refuse itself, without a body and an id, goes on to `refuseUnmetHttp`.
 */
export function answerClientErrors(server: Server, { onStart, onEnd }: ClientErrorOptions): void {
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const response = responseOf(socket);
    if (!socket.writable) return;
    // The broken bytes come behind an answer, be it to others of their kind.
    if (response?.writableEnded) return closeSoon(socket);
    const answer = answerFor(error.code);
    const cannotAnswer = response !== undefined && (isBehind(response) || error.code === 'HPE_INVALID_EOF_STATE');
    if (answer === undefined || cannotAnswer) return void socket.destroy(error);
    if (response !== undefined) return endAnswer(response, answer);
    const record: RequestRecord = { ...UNREAD_REQUEST, requestId: randomUUID(), startedAtMs: performance.now() };
    onStart();
    writeAnswer(socket, answer, record.requestId);
    onEnd({ ...record, status: answer.status, errorCode: codeOf(answer) });
  });
}

const CONTINUE = /(?:^|\W)100-continue(?:$|\W)/i;

function unmetHttp({ httpVersion, headers: { host, expect } }: Request): ApiError | undefined {
  if (httpVersion !== '1.1') return undefined;
  const headers = { connection: 'close' };
  // https://www.rfc-editor.org/rfc/rfc9112#section-3.2-6
  if (host === undefined) {
    return new ApiError(400, 'A request in HTTP/1.1 needs a Host header. Send one.', { code: 'invalid_http', headers });
  }
  // https://www.rfc-editor.org/rfc/rfc9110#section-10.1.1-5
  if (expect === undefined || CONTINUE.test(expect)) return undefined;
  const message = 'The gateway meets no other expectation than "expect: 100-continue". Leave the header out.';
  return new ApiError(417, message, { code: 'expectation_failed', headers });
}

/** Middleware that refuses what HTTP/1.1 forbids a server to serve. */
export function refuseUnmetHttp(request: Request, _response: Response, next: NextFunction): void {
  next(unmetHttp(request));
}
