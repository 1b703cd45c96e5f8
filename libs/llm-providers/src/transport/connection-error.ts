import type { Socket } from 'node:net';
import { ApiError, isJsonObject } from '@mana-llm/openai-api';
import { UpstreamError } from '../errors/upstream-error.js';
import { UnreadableBodyError } from './answer-body.js';
import { timeoutError, type UpstreamCall } from './upstream-call.js';

/** The code of an error or of what caused it; errors that hold several (one per address tried) have the code of the first. */
function codeOf(error: unknown): string {
  if (!isJsonObject(error)) return 'broken connection';
  const { code, cause, errors } = error;
  if (typeof code === 'string' && code !== '') return code;
  return codeOf(Array.isArray(errors) ? errors[0] : cause);
}

/** zlib and Brotli for bytes that cannot be inflated. One that ends too early (`Z_BUF_ERROR`) is a break like any other. */
const CORRUPT = /^Z_(?!BUF_ERROR)|ERROR_FORMAT/;

/** What a failed request or body means: the call's own abort reason, an unreadable body, a connect timeout or a broken connection. */
export function connectionError(
  error: unknown,
  options: { provider: string; call: UpstreamCall; connectMs: number; hasAnswered: boolean },
): unknown {
  const { provider, call, connectMs, hasAnswered } = options;
  if (call.stop !== undefined) return call.stop.reason;
  if (error instanceof UpstreamError || error instanceof ApiError) return error;
  const code = codeOf(error);
  if (error instanceof UnreadableBodyError || CORRUPT.test(code)) {
    const reason = error instanceof UnreadableBodyError ? error.message : `it cannot be inflated (${code})`;
    const message = `${provider} sent an answer that cannot be read: ${reason}.`;
    return new UpstreamError(message, { provider, kind: 'bad_response', cause: error });
  }
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return timeoutError(provider, 'connect', connectMs, { cause: error });
  return hasAnswered
    ? new UpstreamError(`${provider} broke off its answer (${code}).`, {
        provider,
        kind: 'stream_broken',
        cause: error,
      })
    : new UpstreamError(`${provider} could not be reached (${code}).`, {
        provider,
        kind: 'connection_failed',
        cause: error,
      });
}

/** A connection that breaks later may be a server that this very request has brought down. */
const MAX_WAIT_MS = 1_000;

/** How Node and undici name a connection that the other side has closed. */
const CLOSED_BY_PEER = new Set<unknown>(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

interface LastRequest {
  sentAtMs: number;
  /** A byte has come since it was sent. */
  isAnswered: boolean;
}

/** What broke connections that had brought an answer before, with the last request on each. */
const breaks = new WeakMap<object, LastRequest>();

/** Remembers how a connection breaks once it has been used. The error that it breaks with is the one that its request fails with. */
export function watchConnection(socket: Socket): void {
  let sentAtMs = 0;
  let bytesBefore = 0;
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  socket.write = (...args: unknown[]): boolean => {
    sentAtMs = performance.now();
    bytesBefore = socket.bytesRead;
    return write(...args);
  };
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (socket.bytesRead === 0 || !CLOSED_BY_PEER.has(error.code)) return;
    breaks.set(error, { sentAtMs, isAnswered: socket.bytesRead > bytesBefore });
  });
}

/**
 * True for the failure of a request, begun at `startedAtMs`, whose connection was kept from an earlier one and was closed by the
 * server at the same moment: the request was not sent, or nothing of an answer came. A connection may be closed at any time, and a
 * client should then try again on a new one (RFC 9112, 9.3.1 and 9.5).
 */
export function wasStale(error: unknown, startedAtMs: number): boolean {
  const last = typeof error === 'object' && error !== null ? breaks.get(error) : undefined;
  if (last === undefined) return false;
  const wasSent = last.sentAtMs >= startedAtMs;
  return !wasSent || (!last.isAnswered && performance.now() - last.sentAtMs < MAX_WAIT_MS);
}
