import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ConfigFile {
  readonly path: string;
  remove(): Promise<void>;
}

/** The configuration file of one gateway, in a folder of its own. */
export async function writeConfigFile(yaml: string): Promise<ConfigFile> {
  const folder = await mkdtemp(join(tmpdir(), 'mana-llm-e2e-'));
  const path = join(folder, 'mana-llm.yaml');
  await writeFile(path, yaml);
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}
