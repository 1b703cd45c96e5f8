import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInstalled } from '../../verify/is-installed.mjs';
import { npmCommand, runCommand } from '../../verify/run-command.mjs';

const SOURCE = dirname(fileURLToPath(import.meta.url));
/** Each is a package of its own with a lock: the applications, and what looks at the package itself. */
const APPLICATIONS = ['nest-10', 'nest-11', 'nest-12'];
const CHECKS = 'checks';

export const cacheIn = (root) => join(root, '.cache', 'verify-clients', 'packed');
export const tarballIn = (root) => {
  const name = readdirSync(cacheIn(root)).find((file) => file.endsWith('.tgz'));
  return join(cacheIn(root), name);
};

const isGood = (command, cwd) => runCommand(command, { cwd, isQuiet: true }).exitCode === 0;

/** Always from the source as it is now. */
function pack(root) {
  for (const file of readdirSync(cacheIn(root)).filter((name) => name.endsWith('.tgz')))
    rmSync(join(cacheIn(root), file));
  const client = ['-w', '@mana-llm/client'];
  return (
    isGood(npmCommand('run', '--silent', 'build', ...client), root) &&
    isGood(npmCommand('pack', ...client, '--pack-destination', cacheIn(root)), root)
  );
}

function installLocked(folder) {
  if (isInstalled(folder) || isGood(npmCommand('ci', '--loglevel=error'), folder)) return true;
  console.log(`npm could not install ${folder}: it needs its registry.`);
  return false;
}

function makeApplication(root, name) {
  const folder = join(cacheIn(root), name);
  for (const made of ['app', 'dist', 'mixed', 'node_modules/@mana-llm'])
    rmSync(join(folder, made), { recursive: true, force: true });
  cpSync(join(SOURCE, name), folder, { recursive: true });
  cpSync(join(SOURCE, 'app'), join(folder, 'app'), { recursive: true });
  cpSync(join(SOURCE, 'mixed'), join(folder, 'mixed'), { recursive: true });
  if (!installLocked(folder)) return false;
  return isGood(npmCommand('install', '--no-save', '--prefer-offline', '--loglevel=error', tarballIn(root)), folder);
}

/** Packs the client, and makes each application with it in the cache folder. Tells whether all is there. */
export function install(root) {
  mkdirSync(cacheIn(root), { recursive: true });
  cpSync(join(SOURCE, CHECKS), join(cacheIn(root), CHECKS), { recursive: true });
  return (
    pack(root) &&
    installLocked(join(cacheIn(root), CHECKS)) &&
    APPLICATIONS.every((name) => makeApplication(root, name))
  );
}
