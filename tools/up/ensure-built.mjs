import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { npmCommand } from '../verify/run-command.mjs';
import { runCommand } from './run-command.mjs';

export const BUILT_MAIN = 'dist/apps/mana-llm/src/main.js';
const SOURCE_FOLDERS = ['apps', 'libs'];
const SETTINGS = ['package.json', 'package-lock.json', 'nest-cli.json', 'tsconfig.json'];

function modifiedAtMs(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function isSource(name) {
  return /[/\\]src[/\\].*\.ts$/.test(name) && !/\.(e2e-)?spec\.ts$/.test(name);
}

/** Whether the built service is newer than everything that it is built from. */
export function isBuilt(root) {
  const builtAtMs = modifiedAtMs(join(root, BUILT_MAIN));
  const sources = SOURCE_FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .filter(isSource)
      .map((name) => join(root, folder, name)),
  );
  const inputs = [...sources, ...SETTINGS.map((name) => join(root, name))];
  return builtAtMs > 0 && inputs.every((path) => modifiedAtMs(path) <= builtAtMs);
}

export async function ensureBuilt(root, signal) {
  if (isBuilt(root)) return;
  console.log('Building the service ...');
  const advice = 'The source does not compile: see the messages above.';
  try {
    await runCommand(npmCommand('run', '--silent', 'build'), { cwd: root, signal, advice });
  } catch (error) {
    // What a broken build leaves behind must not pass for a build the next time.
    rmSync(join(root, BUILT_MAIN), { force: true });
    throw error;
  }
}
