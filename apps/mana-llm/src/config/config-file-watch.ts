import { stat } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { type ConfigText, DEFAULT_PATH, readConfigText, toFingerprint } from './file/read-config-text.js';

const POLL_INTERVAL_MS = 1_000;
/** Editors empty a file before they fill it, others write it in pieces: a part of a file is no file. */
const STILL_MS = 100;

/** Reads the file when it may have changed, come or gone, and gives it when nobody has written for a moment. */
export class ConfigFileWatch {
  /** Of the newest reading. */
  private fingerprint: string | undefined;
  private polling: NodeJS.Timeout | undefined;
  private settling: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(
    private readonly named: string | undefined,
    private readonly onStill: (file: ConfigText) => void,
  ) {}

  /** Reads once in any case: the file may have changed since the start has read it. */
  start(): void {
    this.look();
    this.poll();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.polling);
    clearTimeout(this.settling);
  }

  /** Reads now, and gives the file as soon as it stands still. */
  look(): void {
    // A wait that has begun sees every later write.
    if (this.settling === undefined) this.waitUntilStill(this.read());
  }

  /**
   * Polled, since only the path says which file counts: the kernel's watch stays with one that a rename or a swapped link
   * has replaced, cannot wait for one to come, and is silent on many mounts. Not by `watchFile`: it compares with what it
   * has seen itself, and so misses what comes and goes beside a reading of ours.
   */
  private poll(): void {
    stat(this.named ?? DEFAULT_PATH, { bigint: true }, (_error, stats) => {
      if (this.isStopped) return;
      if (toFingerprint(stats) !== this.fingerprint) this.look();
      this.polling = setTimeout(() => this.poll(), POLL_INTERVAL_MS).unref();
    });
  }

  private waitUntilStill(before: ConfigText): void {
    this.settling = setTimeout(() => {
      this.settling = undefined;
      const file = this.read();
      if (isDeepStrictEqual(file, before)) this.onStill(file);
      else this.waitUntilStill(file);
    }, STILL_MS).unref();
  }

  private read(): ConfigText {
    const file = readConfigText(this.named);
    this.fingerprint = file.fingerprint;
    return file;
  }
}
