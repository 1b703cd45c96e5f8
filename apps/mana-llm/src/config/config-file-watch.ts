import { unwatchFile, watchFile } from 'node:fs';

const POLL_INTERVAL_MS = 1_000;
/** Editors empty a file before they fill it, and take one away before they put the new one there. */
const SETTLE_MS = 100;

/** Tells when a file may have changed, come or gone. `path` is absolute: `unwatchFile` finds what it was called with. */
export class ConfigFileWatch {
  private settling: NodeJS.Timeout | undefined;

  constructor(
    private readonly path: string,
    private readonly onChange: () => void,
  ) {}

  start(): void {
    // Polled, since only the path says which file counts: the kernel's watch stays with one that a rename or a swapped
    // link has replaced, cannot wait for one to come, and is silent on many mounts.
    watchFile(this.path, { interval: POLL_INTERVAL_MS, persistent: false }, this.settle);
    // What changed between the reading at the start and the first poll is no change to a poll.
    this.settle();
  }

  stop(): void {
    unwatchFile(this.path, this.settle);
    clearTimeout(this.settling);
  }

  private readonly settle = (): void => {
    clearTimeout(this.settling);
    this.settling = setTimeout(this.onChange, SETTLE_MS).unref();
  };
}
