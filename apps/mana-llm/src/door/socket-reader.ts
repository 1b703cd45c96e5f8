import type { ReaderState } from '@mana-llm/llm-providers';
import type { Response } from 'express';

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
