import { type BigIntStats, readFileSync, stat, statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { decodeUtf8 } from '@mana-llm/openai-api';
import type { ConfigurationMistake } from '../configuration-mistake.js';

const DEFAULT_PATH = 'mana-llm.yaml';

/** One reading of the file. Two readings are equal when nobody has written to the file in between. */
export interface ConfigText {
  path: string;
  text: string;
  fingerprint: string | undefined;
  mistakes: ConfigurationMistake[];
}

/**
 * A new fingerprint means another file, or a file that was written to; undefined means no file. It has no inode number,
 * since some mounts do not keep them.
 */
function toFingerprint(stats: BigIntStats | undefined): string | undefined {
  return stats && [stats.size, stats.mtimeNs, stats.ctimeNs].join();
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown error';
}

function decode(bytes: Buffer): string | undefined {
  try {
    return decodeUtf8(bytes);
  } catch {
    return undefined;
  }
}

/** Reads the file that `MANA_LLM_CONFIG` names. Where it names none, `mana-llm.yaml` is read, and it may be missing. */
export function readConfigText(named: string | undefined): ConfigText {
  const path = named ?? DEFAULT_PATH;
  let fingerprint: string | undefined;
  try {
    // Taken before the text: a write between the two makes a new fingerprint.
    fingerprint = toFingerprint(statSync(path, { bigint: true }));
    const text = decode(readFileSync(path));
    if (text !== undefined) return { path, text, fingerprint, mistakes: [] };
    const mistake = { key: path, found: 'bytes that are not UTF-8', allowed: 'text in UTF-8; save the file as UTF-8' };
    return { path, text: '', fingerprint, mistakes: [mistake] };
  } catch (error) {
    const code = codeOf(error);
    const unread = { path, text: '', fingerprint };
    if (code === 'ENOENT' && named === undefined) return { ...unread, mistakes: [] };
    const key = named === undefined ? path : 'MANA_LLM_CONFIG';
    const found = `${JSON.stringify(path)}, which cannot be read (${code})`;
    return { ...unread, mistakes: [{ key, found, allowed: 'the path of a file that the gateway can read' }] };
  }
}

const POLL_INTERVAL_MS = 1_000;
/** Some editors empty a file before they fill it, others write it in pieces: a part of a file must not be used. */
const STILL_MS = 100;

/** Reads the file when it may have changed, and gives it when nobody has written to it for `STILL_MS`. */
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

  /** Reads the file once in any case: it may have changed after the start has read it. */
  start(): void {
    this.look();
    this.poll();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.polling);
    clearTimeout(this.settling);
  }

  /** Reads the file now, and gives it when nobody has written to it for `STILL_MS`. */
  look(): void {
    // A wait that has begun sees every later write.
    if (this.settling === undefined) this.waitUntilStill(this.read());
  }

  /**
   * Polls, since only the path says which file counts. The kernel's watch stays with a file that a rename or a swapped
   * link has replaced, cannot wait for a file that does not exist yet, and reports nothing on many mounts. `watchFile`
   * compares with what it has seen itself, and so misses a change and its undoing around a reading of ours.
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
