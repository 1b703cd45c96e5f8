import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ReloadedFile {
  readonly path: string;
  write(text: string | Buffer): void;
  /** As editors do, and deployments: a new file takes the place of the old one. */
  replace(text: string): void;
}

/** A configuration file that changes while the gateway runs, for all tests of a `describe`. */
export function useReloadedFile(text: string): ReloadedFile {
  const folder = mkdtempSync(join(tmpdir(), 'mana-llm-reload-'));
  const path = join(folder, 'mana-llm.yaml');
  const write = (newText: string | Buffer): void => writeFileSync(path, newText);
  write(text);
  afterAll(() => rmSync(folder, { recursive: true }));
  return {
    path,
    write,
    replace: (newText) => {
      writeFileSync(`${path}.new`, newText);
      renameSync(`${path}.new`, path);
    },
  };
}
