import type { Response } from 'express';

/**
 * Cuts a client that takes nothing for `stalledMs` while there is something to take, be it a stream or the rest of a finished
 * answer. Node counts each byte that the kernel takes as progress (`socket.setTimeout`); a stream that is quiet is not stalled.
 */
export function cutStalledClient(response: Response, stalledMs: number): void {
  // Nest's `SseStream` turns the socket's timeout off when it is made: the clock starts once it is piped into the response.
  const watch = (): void => {
    response.socket?.setTimeout(stalledMs);
  };
  // With a listener on the response Node leaves it to us what a timeout means; without one it destroys the socket.
  response.on('timeout', () => {
    if (response.writableLength > 0) response.destroy();
  });
  response.once('pipe', watch).once('prefinish', watch);
}
