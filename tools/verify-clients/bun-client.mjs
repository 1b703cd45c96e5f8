import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { npmCommand, runCommand } from '../verify/run-command.mjs';
import { runTests } from './run-tests.mjs';

/** Holds Bun's own binary and needs no install script. */
const PACKAGE = '@oven/bun-linux-x64';
const VERSION = '1.4.5';

const folderIn = (root) => join(root, '.cache', 'verify-clients', `bun-${VERSION}`);
const bunIn = (root) => join(folderIn(root), 'node_modules', PACKAGE, 'bin', 'bun');

function install(root) {
  if (existsSync(bunIn(root))) return true;
  const folder = folderIn(root);
  mkdirSync(folder, { recursive: true });
  const args = ['install', '--loglevel=error', '--prefix', folder, '--no-save', `${PACKAGE}@${VERSION}`];
  runCommand(npmCommand(...args), { cwd: folder });
  const hasBun = existsSync(bunIn(root));
  if (!hasBun) console.log(`There is no Bun ${VERSION}: npm fetches it from its registry, for Linux on x64 alone.`);
  return hasBun;
}

function run(root, env) {
  const report = join(folderIn(root), 'junit.xml');
  const reporter = ['--reporter=junit', `--reporter-outfile=${report}`];
  const test = ['test', '--timeout=60000', ...reporter, './tools/verify-clients/bun/client.test.mjs'];
  // By its path: Bun would take the name from the paths of tsconfig.json, which are those of the source.
  const client = { BUILT_CLIENT: join(root, 'libs/llm-client/dist/index.js') };
  return runTests([bunIn(root), ...test], { cwd: root, env: { ...env, ...client }, report });
}

/** @type {import('./verify-clients.mjs').Suite} */
export const bunClient = { title: `@mana-llm/client on Bun ${VERSION}`, install, run };
