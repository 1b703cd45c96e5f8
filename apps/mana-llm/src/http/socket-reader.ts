import type { ReaderState } from '@mana-llm/llm-providers';
import type { Response } from 'express';

/** The client of a response as a reader: it is behind while the response has more to write than its socket takes. */
export function socketReader(response: Response): ReaderState {
  return {
    whenReady: () => {
      if (!response.writableNeedDrain || response.destroyed) return undefined;
      return new Promise((resolve) => {
        const done = (): void => {
          response.off('drain', done).off('close', done);
          resolve();
        };
        response.on('drain', done).on('close', done);
      });
    },
  };
}
