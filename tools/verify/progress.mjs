import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** On two cores that do nothing else. */
const USUAL = 'about 7 minutes on two idle cores, several times that on a busy machine; CI does more';

export function toMinutes(ms) {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Says how long a verification takes, and how far it is. `file` keeps what the last good one took here. */
export class Progress {
  #startedAtMs;
  #step = 0;

  constructor(steps, file, { usual = USUAL, now = Date.now, write = console.log } = {}) {
    Object.assign(this, { steps, file, usual, now, write });
    this.#startedAtMs = now();
  }

  begin() {
    const lastMs = this.#lastMs();
    this.write(
      `This takes ${this.usual}${lastMs === undefined ? '' : `; the last time here it took ${toMinutes(lastMs)}`}.`,
    );
  }

  /** A heading with the number of the step and the time so far. */
  heading(title) {
    this.#step += 1;
    this.write(`\n=== ${this.#step} of ${this.steps}, ${toMinutes(this.elapsedMs)} so far: ${title}`);
  }

  get elapsedMs() {
    return this.now() - this.#startedAtMs;
  }

  keep() {
    mkdirSync(dirname(this.file), { recursive: true });
    writeFileSync(this.file, String(this.elapsedMs));
  }

  #lastMs() {
    try {
      const ms = Number.parseInt(readFileSync(this.file, 'utf8'), 10);
      return ms > 0 ? ms : undefined;
    } catch {
      return undefined;
    }
  }
}
