import { randomUUID } from 'node:crypto';
import { maxHeaderSize, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Request } from 'express';
import { openAiError, type OpenAiError } from '../errors/openai-error.js';
import type { RequestRecord } from '../logging/request-record.js';
import { getRequestState } from './request-state.js';

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

/** For a request that got no answer object: its headers could not be read. */
function writeAnswer(socket: Duplex, { status, body }: OpenAiError, requestId: string): void {
  const text = JSON.stringify(body);
  const headers = Object.entries({ 'x-request-id': requestId, ...headersOf(text) });
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  socket.end([...head, '', text].join('\r\n'));
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
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

/** Answers what is no request in OpenAI's shape: headers that are too large, broken HTTP, a request that never comes whole. */
export function answerClientErrors(server: Server, { onStart, onEnd }: ClientErrorOptions): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const response = responseOf(socket);
    // More broken bytes come behind those that were answered.
    if (!socket.writable || response?.writableEnded) return;
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
