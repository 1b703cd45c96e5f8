import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// `npm run example chat-fetch`: runs examples/chat-fetch.ts on every Node that the service runs on.

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const names = readdirSync(join(root, 'examples'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length));
// Before 22.18 Node does not run TypeScript by itself (https://nodejs.org/api/process.html#processfeaturestypescript).
const loader = process.features.typescript ? [] : ['--loader', 'ts-node/esm/transpile-only'];

const [name, ...rest] = process.argv.slice(2);
if (names.includes(name)) {
  const args = ['--no-warnings', ...loader, join('examples', `${name}.ts`), ...rest];
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
  // Ctrl-C reaches both; the example decides.
  process.on('SIGINT', () => undefined);
  child.once('exit', (code, signal) => (process.exitCode = code ?? 128 + constants.signals[signal]));
} else {
  console.error(`${name === undefined ? 'Name an example' : `There is no example ${name}`}: ${names.join(', ')}.`);
  process.exitCode = 1;
}
