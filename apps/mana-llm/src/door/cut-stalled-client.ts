import type { Response } from 'express';

// With a listener on the response Node leaves it to us what a timeout means; without one it destroys the socket.
function cutIfWaiting(this: Response): void {
  if (this.writableLength > 0) this.destroy();
}

/**
 * Cuts a client that takes nothing for `stalledMs` while there is something to take, be it a stream or the rest of a finished
 * answer. Node counts each byte that the kernel takes as progress (`socket.setTimeout`); a stream that is quiet is not stalled.
 */
export function cutStalledClient(response: Response, stalledMs: number): void {
  const watch = (): void => {
    response.socket?.setTimeout(stalledMs);
  };
  response.on('timeout', cutIfWaiting);
  // Nest's `SseStream` turns the socket's timeout off when it is made: the clock starts once it is piped into the response.
  response.on('pipe', watch);
  // An answer that the kernel took at once, as it does nearly all, needs no clock.
  response.on('prefinish', () => {
    if (response.writableLength > 0) watch();
  });
}
