import type { ReaderState } from '@mana-llm/llm-providers';
import type { Response } from 'express';

/**
 * The client of a response as a reader: it is behind while the response has more to write than its socket takes. One that takes
 * nothing at all for `stalledMs` is cut; Node counts each byte that the kernel takes as progress (`socket.setTimeout`).
 */
export function socketReader(response: Response, stalledMs: number): ReaderState {
  return {
    whenReady: () => {
      if (!response.writableNeedDrain || response.destroyed) return undefined;
      const { socket } = response;
      const cut = (): void => {
        response.destroy();
      };
      socket?.setTimeout(stalledMs, cut);
      return new Promise((resolve) => {
        const done = (): void => {
          response.off('drain', done).off('close', done);
          socket?.setTimeout(0).off('timeout', cut);
          resolve();
        };
        response.on('drain', done).on('close', done);
      });
    },
  };
}
