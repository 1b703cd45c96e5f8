import type { Socket } from 'node:net';

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
