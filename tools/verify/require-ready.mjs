import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// `node tools/verify/require-ready.mjs installed built`: what a script of package.json needs before it begins.

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const NEEDED = {
  // npm writes this list when all packages are there.
  installed: ['node_modules/.package-lock.json', 'The packages are not installed.', 'npm ci'],
  built: ['dist/apps/mana-llm/src/main.js', 'The service is not built.', 'npm run build'],
};

const missing = process.argv
  .slice(2)
  .map((name) => NEEDED[name])
  .filter(([path]) => !existsSync(join(root, path)));

if (missing.length > 0) {
  const facts = missing.map(([, fact]) => fact).join(' ');
  const commands = missing.map(([, , command]) => command).join(' && ');
  console.error(`${facts} Run: ${commands}\n"npm run up" installs, builds and starts the service in one step.`);
  process.exitCode = 1;
}
