import type { ServerEvent } from './server-event.js';

/** Bytes that are no UTF-8, or an event over the bound; `events` are those that came whole before it in the same read. */
export class UnreadableStreamError extends Error {
  override readonly name = 'UnreadableStreamError';

  constructor(
    message: string,
    readonly events: ServerEvent[],
  ) {
    super(message);
  }
}
