import type { ReaderState } from '@mana-llm/llm-providers';
import type { Request, Response } from 'express';

// With a listener on the response, Node leaves it to us what a timeout means. Without one it destroys the socket.
function cutIfWaiting(this: Response): void {
  if (this.writableLength > 0) this.destroy();
}

/**
 * Cuts off a client that reads nothing for `stalledMs` while bytes wait for it, of a stream or of a finished answer. Node counts
 * each byte that the kernel takes as progress (`socket.setTimeout`). The client of a quiet stream is not stalled.
 */
export function cutStalledClient(response: Response, stalledMs: number): void {
  const watch = (): void => {
    response.socket?.setTimeout(stalledMs);
  };
  response.on('timeout', cutIfWaiting);
  // Nest's `SseStream` turns the socket's timeout off when it is made: the clock starts once it is piped into the response.
  response.on('pipe', watch);
  // The kernel takes nearly all answers at once: they need no clock.
  response.on('prefinish', () => {
    if (response.writableLength > 0) watch();
  });
}

/** The client of a response as a reader: it is behind while the response has more to write than its socket takes. */
export function socketReader(response: Response): ReaderState {
  let waiting: Promise<void> | undefined;
  const wait = (): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        response.off('drain', done).off('close', done);
        waiting = undefined;
        resolve();
      };
      response.on('drain', done).on('close', done);
    });
  return {
    whenReady: () => {
      if (!response.writableNeedDrain || response.destroyed) return undefined;
      // The streams of several choices wait for one client: with a pair of listeners for each, Node would warn of a leak.
      return (waiting ??= wait());
    },
  };
}

/**
 * For an answer that is sent before the request is read to its end: the rest of the request is read and thrown away. A connection
 * that is closed with unread bytes is reset, and its client often loses the answer. So a connection that the client asked to close
 * is closed at the end of its request.
 */
export function discardRest(request: Request, response: Response): void {
  const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined;
  if (request.complete || !hasBody) return;
  request.resume();
  if (response.shouldKeepAlive || response.headersSent) return;
  response.shouldKeepAlive = true;
  request.once('end', () => request.socket.end());
}
