import type { Readable } from 'node:stream';

/** What may still come after an end marker: the rest of a chunk, trailing blanks. More is an upstream that goes on. */
const MAX_REST_BYTES = 64 * 1024;
const MAX_WAIT_MS = 1_000;

/** Reads a body of no more interest to its end, so that its connection can be used again; gives up at a bound. */
export function drainQuietly(body: Readable): void {
  let restBytes = 0;
  const timer = setTimeout(() => body.destroy(), MAX_WAIT_MS);
  timer.unref();
  body
    .on('data', (bytes: Buffer) => {
      restBytes += bytes.length;
      if (restBytes > MAX_REST_BYTES) body.destroy();
    })
    .on('error', () => clearTimeout(timer))
    .on('close', () => clearTimeout(timer))
    .resume();
}
