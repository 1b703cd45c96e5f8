import { cpSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInstalled } from '../verify/is-installed.mjs';
import { isNewerNode, newerNode } from '../verify/newer-node.mjs';
import { npmCommand, runCommand } from '../verify/run-command.mjs';
import { runTests } from './run-tests.mjs';

const SOURCES = dirname(fileURLToPath(import.meta.url));
const TEST_LIMIT_MS = 60_000;

/** The clients want Node 22 or newer, the service does not. */
const nodeFor = (root) => (isNewerNode() ? process.execPath : newerNode(root));

/** The tests run beside their own node_modules, in the cache folder. */
function install(name, root) {
  const folder = join(root, '.cache', 'verify-clients', name);
  cpSync(join(SOURCES, name), folder, { recursive: true });
  const hasClients =
    isInstalled(folder) || runCommand(npmCommand('ci', '--loglevel=error'), { cwd: folder }).exitCode === 0;
  const hasNode = hasClients && nodeFor(root) !== undefined;
  if (!hasClients) console.log('npm could not install the clients: it needs its registry.');
  else if (!hasNode) console.log('There is no Node 24, which the clients need: npm fetches it from its registry.');
  return hasNode;
}

function run(name, root, env) {
  const folder = join(root, '.cache', 'verify-clients', name);
  const report = join(folder, 'junit.xml');
  const reporters = [
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...['--test-reporter=junit', `--test-reporter-destination=${report}`],
  ];
  const files = readdirSync(join(SOURCES, name)).filter((file) => file.endsWith('.test.mjs'));
  const node = [nodeFor(root), '--test', `--test-timeout=${TEST_LIMIT_MS}`, ...reporters];
  return runTests([...node, ...files], { cwd: folder, env, report });
}

/** @returns {import('./verify-clients.mjs').Suite} */
const suite = (title, name) => ({
  title,
  install: (root) => install(name, root),
  run: (root, env) => run(name, root, env),
});

export const nodeClients = suite('openai 6 and 7, AI SDK, LangChain.js, OpenAI Agents', 'node');
/** Its tests share `node/scripted.mjs`. */
export const codex = suite('Codex', 'codex');
