import { execFile } from 'node:child_process';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

export const REPOSITORY_ROOT = resolve(__dirname, '../../../..');
export const BUILT_MAIN = join(REPOSITORY_ROOT, 'dist/apps/mana-llm/src/main.js');

interface Build {
  /** What is there once it is built. */
  main: string;
  /** What it is built from: the `src` of each. */
  folders: string[];
  /** Arguments for Node, one command after the other. */
  commands: string[][];
}

const SERVICE: Build = {
  main: BUILT_MAIN,
  folders: ['apps/mana-llm', 'libs'],
  commands: [['node_modules/@nestjs/cli/bin/nest.js', 'build', 'mana-llm'], ['tools/build/bundle-packages.mjs']],
};
/** The client as siblings and browsers load it. */
export const BUILT_CLIENT = join(REPOSITORY_ROOT, 'libs/llm-client/dist/index.js');
const CLIENT: Build = {
  main: BUILT_CLIENT,
  folders: ['libs/llm-client', 'libs/event-streams', 'libs/openai-api'],
  commands: [['node_modules/rollup/dist/bin/rollup', '-c', 'libs/llm-client/rollup.config.mjs', '--silent']],
};

const LOCK = join(REPOSITORY_ROOT, 'node_modules/.cache/mana-llm-e2e-build');
/** A lock this old was left by a worker that was killed. */
const STALE_LOCK_MS = 600_000;
const LOCK_POLL_MS = 200;

/** Builds the service when there is no build or a source is newer than it. One worker builds, the others wait for it. */
export const ensureBuilt = (): Promise<void> => ensure(SERVICE);

/** The same for the client. */
export const ensureClientBuilt = (): Promise<void> => ensure(CLIENT);

async function ensure(build: Build): Promise<void> {
  if (await isFresh(build)) return;
  while (!(await takeLock())) await delay(LOCK_POLL_MS);
  try {
    if (await isFresh(build)) return;
    for (const command of build.commands)
      await promisify(execFile)(process.execPath, command, { cwd: REPOSITORY_ROOT });
  } finally {
    await rm(LOCK, { recursive: true, force: true });
  }
}

async function isFresh({ main, folders }: Build): Promise<boolean> {
  const builtAtMs = await modifiedAtMs(main);
  if (builtAtMs === undefined) return false;
  const sources = (await Promise.all(folders.map(sourcesIn))).flat();
  const times = await Promise.all(sources.map(modifiedAtMs));
  return times.every((time) => time === undefined || time <= builtAtMs);
}

async function sourcesIn(folder: string): Promise<string[]> {
  const path = join(REPOSITORY_ROOT, folder);
  const names = await readdir(path, { recursive: true });
  const isSource = (name: string): boolean =>
    /(^|[/\\])src[/\\].*\.ts$/.test(name) && !/\.spec\.ts$|[/\\]testing[/\\]/.test(name);
  return names.filter(isSource).map((name) => join(path, name));
}

async function modifiedAtMs(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch {
    return undefined;
  }
}

async function takeLock(): Promise<boolean> {
  try {
    await mkdir(resolve(LOCK, '..'), { recursive: true });
    await mkdir(LOCK);
    return true;
  } catch {
    const lockedAtMs = await modifiedAtMs(LOCK);
    if (lockedAtMs !== undefined && Date.now() - lockedAtMs > STALE_LOCK_MS)
      await rm(LOCK, { recursive: true, force: true });
    return false;
  }
}
