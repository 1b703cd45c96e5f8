import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 10;

/** Looks again and again until what it sees is accepted. It gives up with the test. */
export async function until<T>(look: () => Promise<T>, accepts: (seen: T) => boolean): Promise<T> {
  for (;;) {
    const seen = await look();
    if (accepts(seen)) return seen;
    await delay(POLL_MS);
  }
}
