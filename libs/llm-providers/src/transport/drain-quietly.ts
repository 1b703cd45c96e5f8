import type { AnswerBody } from './answer-body.js';

/** What may still come after an end marker: the rest of a chunk, trailing blanks. More is an upstream that goes on. */
const MAX_REST_BYTES = 64 * 1024;
const MAX_WAIT_MS = 1_000;

/** Reads a body of no more interest to its end, so that its connection can be used again; gives up at a bound. */
export function drainQuietly(body: AnswerBody): void {
  if (body.isOver) return body.destroy();
  let restBytes = 0;
  const giveUp = (): void => {
    clearTimeout(timer);
    body.destroy();
  };
  const timer = setTimeout(giveUp, MAX_WAIT_MS).unref();
  const over = (): void => clearTimeout(timer);
  body.read({
    data: (bytes) => {
      restBytes += bytes.length;
      if (restBytes > MAX_REST_BYTES) giveUp();
    },
    end: over,
    error: over,
  });
}
