import { readFileSync } from 'node:fs';
import type { ConfigurationMistake } from '../configuration-mistake.js';

export const DEFAULT_PATH = 'mana-llm.yaml';

export interface ConfigText {
  path: string;
  text: string;
  mistakes: ConfigurationMistake[];
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown error';
}

/** The text of the file. It may be missing as long as nobody has named it. */
export function readConfigText(named: string | undefined): ConfigText {
  const path = named ?? DEFAULT_PATH;
  try {
    return { path, text: readFileSync(path, 'utf8'), mistakes: [] };
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' && named === undefined) return { path, text: '', mistakes: [] };
    const key = named === undefined ? path : 'MANA_LLM_CONFIG';
    const found = `${JSON.stringify(path)}, which cannot be read (${code})`;
    return { path, text: '', mistakes: [{ key, found, allowed: 'the path of a file that the gateway may read' }] };
  }
}
