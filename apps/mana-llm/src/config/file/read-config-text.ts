import { type BigIntStats, readFileSync, statSync } from 'node:fs';
import { decodeUtf8 } from '@mana-llm/openai-api';
import type { ConfigurationMistake } from '../configuration-mistake.js';

export const DEFAULT_PATH = 'mana-llm.yaml';

/** One reading of the file: two of them are equal when nobody wrote in between. */
export interface ConfigText {
  path: string;
  text: string;
  fingerprint: string | undefined;
  mistakes: ConfigurationMistake[];
}

/** Another one tells of another file, or of one that was written; undefined: there is none. Not all mounts keep inode numbers. */
export function toFingerprint(stats: BigIntStats | undefined): string | undefined {
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

/** The text of the file. It may be missing as long as nobody has named it. */
export function readConfigText(named: string | undefined): ConfigText {
  const path = named ?? DEFAULT_PATH;
  let fingerprint: string | undefined;
  try {
    // Before the text: what is written in between makes another fingerprint.
    fingerprint = toFingerprint(statSync(path, { bigint: true }));
    const text = decode(readFileSync(path));
    if (text !== undefined) return { path, text, fingerprint, mistakes: [] };
    const mistake = { key: path, found: 'bytes that are no UTF-8', allowed: 'a text in UTF-8; save the file as such' };
    return { path, text: '', fingerprint, mistakes: [mistake] };
  } catch (error) {
    const code = codeOf(error);
    const unread = { path, text: '', fingerprint };
    if (code === 'ENOENT' && named === undefined) return { ...unread, mistakes: [] };
    const key = named === undefined ? path : 'MANA_LLM_CONFIG';
    const found = `${JSON.stringify(path)}, which cannot be read (${code})`;
    return { ...unread, mistakes: [{ key, found, allowed: 'the path of a file that the gateway may read' }] };
  }
}
