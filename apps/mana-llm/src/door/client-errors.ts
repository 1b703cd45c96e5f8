import { randomUUID } from 'node:crypto';
import { maxHeaderSize, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Request } from 'express';
import { failure, type Failure } from '../errors/failure.js';
import type { CallRecord } from '../call/call-record.js';
import { callOf } from '../call/http-call.js';

/**
 * The client may still be sending. A connection that is closed with unread bytes is reset, and its client often loses the answer.
 */
const LINGER_MS = 1_000;

const UNREADABLE = { kind: 'unreadable_request', type: 'invalid_request_error' } as const;

/** By Node's codes, with the statuses that Node itself would give (https://nodejs.org/api/http.html#event-clienterror). */
const ANSWERS: ReadonlyMap<string | undefined, Failure> = new Map([
  [
    'HPE_HEADER_OVERFLOW',
    failure(431, {
      ...UNREADABLE,
      message: `The headers are larger than ${maxHeaderSize / 1024} KiB. Send fewer or shorter headers.`,
      code: 'headers_too_large',
    }),
  ],
  [
    'HPE_CHUNK_EXTENSIONS_OVERFLOW',
    failure(413, {
      ...UNREADABLE,
      message: 'A chunk of the body has extensions that are too long. Send chunks without extensions.',
      code: 'request_too_large',
    }),
  ],
  [
    'ERR_HTTP_REQUEST_TIMEOUT',
    failure(408, {
      ...UNREADABLE,
      message: 'The request did not arrive completely in time. Send it again.',
      code: 'request_timeout',
    }),
  ],
]);

const INVALID_HTTP = failure(400, {
  ...UNREADABLE,
  message: 'This is not a valid HTTP/1.1 request. Check the client, or the proxy in front of the gateway.',
  code: 'invalid_http',
});

function failureOf(code: string | undefined): Failure | undefined {
  return ANSWERS.get(code) ?? (code?.startsWith('HPE_') ? INVALID_HTTP : undefined);
}

/**
 * The answer that is being written to a connection. No public API gives it. Node's own handler of `clientError` reads the same
 * field.
 */
function responseOf(socket: Duplex): ServerResponse<Request> | undefined {
  return (socket as { _httpMessage?: ServerResponse<Request> | null })._httpMessage ?? undefined;
}

/** The broken bytes follow a complete request that is being answered. An answer to the bytes would land inside that answer. */
function isBehind({ headersSent, req }: ServerResponse<Request>): boolean {
  return headersSent || req.complete;
}

/** What is written to the client, and the code for the log. */
interface Answer {
  status: number;
  text: string;
  errorCode: string;
}

function toAnswer({ status, code, type }: Failure, body: object): Answer {
  return { status, text: JSON.stringify(body), errorCode: code ?? type };
}

/** Express strips the path of a middleware from `url` while that middleware works. */
function urlOf({ originalUrl, url }: Request & { originalUrl?: string }): string {
  return originalUrl ?? url;
}

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

/** For a request without a response object: its headers could not be read. */
function writeAnswer(socket: Duplex, { status, text }: Answer, requestId: string): void {
  const headers = Object.entries({ 'x-request-id': requestId, ...headersOf(text) });
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  closeSoon(socket, [...head, '', text].join('\r\n'));
}

/** For a request whose body is broken. Its own log line says how it ended. */
function endAnswer(response: ServerResponse<Request>, { status, text, errorCode }: Answer): void {
  const state = callOf(response.req);
  if (state !== undefined) state.record.errorCode = errorCode;
  response.writeHead(status, headersOf(text)).end(text);
}

const UNREAD_REQUEST = { method: 'unknown', route: 'unmatched' };

export interface ClientErrorOptions {
  onStart: () => void;
  onEnd: (record: CallRecord) => void;
  /** The body for a failed request to this URL, or for one whose URL could not be read. */
  toBody: (failure: Failure, url?: string) => object;
}

/**
 * Answers what Node cannot read as a request: headers that are too large, broken HTTP, a request that does not arrive completely.
 * `refuseUnmetHttp` has the requests that Node itself would refuse, without a body and an id.
 */
export function answerClientErrors(server: Server, { onStart, onEnd, toBody }: ClientErrorOptions): void {
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const response = responseOf(socket);
    if (!socket.writable) return;
    // The answer before these bytes is complete. It may itself be an answer to broken bytes.
    if (response?.writableEnded) return closeSoon(socket);
    const failed = failureOf(error.code);
    const cannotAnswer = response !== undefined && (isBehind(response) || error.code === 'HPE_INVALID_EOF_STATE');
    if (failed === undefined || cannotAnswer) return void socket.destroy(error);
    const answer = toAnswer(failed, toBody(failed, response && urlOf(response.req)));
    if (response !== undefined) return endAnswer(response, answer);
    const record: CallRecord = { ...UNREAD_REQUEST, requestId: randomUUID(), startedAtMs: performance.now() };
    onStart();
    writeAnswer(socket, answer, record.requestId);
    onEnd({ ...record, status: answer.status, errorCode: answer.errorCode });
  });
}
