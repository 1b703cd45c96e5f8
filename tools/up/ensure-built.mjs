import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { npmCommand } from '../verify/run-command.mjs';
import { runCommand } from './run-command.mjs';

export const BUILT_MAIN = 'dist/apps/mana-llm/src/main.js';
const SETTINGS = ['package.json', 'package-lock.json', 'nest-cli.json', 'tsconfig.json'];

/**
 * @typedef {object} Build
 * @property {string} name
 * @property {string} main What is there once it is built.
 * @property {string[]} folders What it is built from: the `src` of each.
 * @property {string[]} command
 */

/** @type {Build} */
const SERVICE = {
  name: 'the service',
  main: BUILT_MAIN,
  folders: ['apps/mana-llm', 'libs'],
  command: npmCommand('run', '--silent', 'build'),
};

function modifiedAtMs(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function isSource(name) {
  return /(^|[/\\])src[/\\].*\.ts$/.test(name) && !/\.(e2e-)?spec\.ts$/.test(name);
}

/** Whether what is built is newer than everything that it is built from. Left out: the service. */
export function isBuilt(root, { main, folders } = SERVICE) {
  const builtAtMs = modifiedAtMs(join(root, main));
  const sources = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .filter(isSource)
      .map((name) => join(root, folder, name)),
  );
  const inputs = [...sources, ...SETTINGS.map((name) => join(root, name))];
  return builtAtMs > 0 && inputs.every((path) => modifiedAtMs(path) <= builtAtMs);
}

export async function ensureBuilt(root, signal, build = SERVICE) {
  if (isBuilt(root, build)) return;
  console.log(`Building ${build.name} ...`);
  const advice = 'The source does not compile: see the messages above.';
  try {
    await runCommand(build.command, { cwd: root, signal, advice });
  } catch (error) {
    // What a broken build leaves behind must not pass for a build the next time.
    rmSync(join(root, build.main), { force: true });
    throw error;
  }
}
