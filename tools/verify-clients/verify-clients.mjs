import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isBuilt } from '../up/ensure-built.mjs';
import { isInstalled } from '../verify/is-installed.mjs';
import { Progress, toMinutes } from '../verify/progress.mjs';
import { npmCommand, runCommand } from '../verify/run-command.mjs';
import { Tally } from '../verify/tally.mjs';
import { bunClient } from './bun-client.mjs';
import { codex, nodeClients } from './node-clients.mjs';
import { packedClient } from './packed/run-packed.mjs';
import { pythonClients } from './python-clients.mjs';
import { startService } from './service.mjs';

// `npm run verify:clients`: programs that others wrote, unchanged, against the running built service; and our own client as npm
// packs it, in applications of each Nest that it serves. Its last line is the count.

/**
 * @typedef {object} Suite
 * @property {string} title
 * @property {(root: string) => boolean} install Fetches what it needs, once; tells whether all is there, and says what is not.
 * @property {(root: string, env: Record<string, string>) => Promise<import('./run-tests.mjs').TestRun>} run `env` has the
 *   addresses of the service and of the upstream behind it, and the key.
 */

/** @type {Suite[]} */
const SUITES = [nodeClients, codex, pythonClients, packedClient, bunClient];

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const tally = new Tally();
const progress = new Progress(2 * SUITES.length + 2, join(root, '.cache', 'verify-clients', 'duration'), {
  usual: 'about four minutes the first time, two after that',
});

async function step(title, action) {
  progress.heading(title);
  const sinceMs = progress.elapsedMs;
  const isGood = await action();
  console.log(`=== ${title}: ${isGood ? 'ok' : 'FAILED'} (${toMinutes(progress.elapsedMs - sinceMs)})`);
  return isGood;
}

/** A step that is no test: it counts only where it fails. */
async function check(title, action) {
  const isGood = await step(title, action);
  if (!isGood) tally.addFailedStep();
  return isGood;
}

function build() {
  const isThere = isInstalled(root) || runCommand(npmCommand('ci', '--loglevel=error'), { cwd: root }).exitCode === 0;
  if (!isThere) return false;
  return isBuilt(root) || runCommand(npmCommand('run', '--silent', 'build'), { cwd: root }).exitCode === 0;
}

async function runSuites(suites, env) {
  for (const suite of suites)
    await step(suite.title, async () => {
      const { passed, failed, exitCode } = await suite.run(root, env);
      return tally.addRun({ passed, failed }, exitCode);
    });
}

async function verifyClients() {
  progress.begin();
  if (!(await check('the built service', build))) return;
  const ready = [];
  for (const suite of SUITES) if (await check(`install: ${suite.title}`, () => suite.install(root))) ready.push(suite);
  if (ready.length === 0) return;
  let service;
  const isRunning = await check('start the service', async () => {
    service = await startService();
    console.log(`${service.env.MANA_LLM_URL}, in front of a scripted upstream at ${service.env.SCRIPTED_UPSTREAM_URL}`);
    return true;
  });
  if (isRunning) await runSuites(ready, service.env).finally(() => service.stop());
}

try {
  await verifyClients();
} catch (error) {
  tally.addFailedStep();
  console.log(error);
}
process.exitCode = tally.exitCode;
if (tally.exitCode === 0) progress.keep();
console.log(`\nThat took ${toMinutes(progress.elapsedMs)}.`);
console.log(`${tally}`);
