import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInstalled } from './is-installed.mjs';
import { builtArguments, unitArguments, runJest } from './jest-runs.mjs';
import { isNewerNode, newerNode } from './newer-node.mjs';
import { Progress, toMinutes } from './progress.mjs';
import { npmCommand, runCommand } from './run-command.mjs';
import { runQuietly } from './run-quietly.mjs';
import { Tally } from './tally.mjs';

// `npm run verify`: everything that must hold before a change lands, from a fresh clone. Its last line is the count.

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const isCi = ['true', '1'].includes(process.env.CI ?? '');
const tally = new Tally();
/** The same mutations at each run: a failure is news of the change. */
const FUZZ = ['--requests', '500', '--answers', '500', '--seed', '20260801'];
/** CI tests a newer Node too, counts the lines that run, and says what the gateway costs. */
const progress = new Progress(
  7 + (isCi ? 1 : 0) + (isCi && !isNewerNode() ? 2 : 0),
  join(root, '.cache', 'verify', 'duration'),
);

const sayEnd = (title, isGood, sinceMs) =>
  console.log(`=== ${title}: ${isGood ? 'ok' : 'FAILED'} (${toMinutes(progress.elapsedMs - sinceMs)})`);

/** Runs one step under a heading; `action` tells whether it went well. */
function step(title, action) {
  progress.heading(title);
  const sinceMs = progress.elapsedMs;
  const isGood = action();
  sayEnd(title, isGood, sinceMs);
  return isGood;
}

/** A step that is no test: it counts only where it fails. */
function check(title, action) {
  const isGood = step(title, action);
  if (!isGood) tally.addFailedStep();
  return isGood;
}

/** The scripts of package.json that need no more than one core each, beside each other. Returns whether each went well. */
async function checkTogether(names) {
  progress.heading(names.map((name) => `npm run ${name}`).join(', '));
  const sinceMs = progress.elapsedMs;
  return Promise.all(
    names.map(async (name) => {
      const isGood = await runQuietly(npmCommand('run', '--silent', name), { cwd: root });
      sayEnd(`npm run ${name}`, isGood, sinceMs);
      if (!isGood) tally.addFailedStep();
      return isGood;
    }),
  );
}

/** What a machine of one's own may lack, CI may not. */
function isMissing(what) {
  console.log(isCi ? `${what} This is CI, so it is a failure.` : `${what} Skipped.`);
  return !isCi;
}

function hasFittingNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isFitting = major > 20 || (major === 20 && minor >= 19);
  console.log(`Node ${process.versions.node}${isFitting ? '' : ' is too old: install Node 20.19 or newer.'}`);
  return isFitting;
}

function install() {
  if (!isInstalled(root)) return runCommand(npmCommand('ci', '--loglevel=error'), { cwd: root }).exitCode === 0;
  console.log('node_modules is what package-lock.json asks for.');
  return true;
}

function findEmbeddedModel() {
  if (process.env.EMBEDDED_TEST_MODEL) return true;
  const finder = [process.execPath, 'tools/up/embedded-model-path.mjs'];
  const { exitCode, output } = runCommand(finder, { cwd: root, isQuiet: true });
  if (exitCode !== 0) return isMissing('There is no model for the tests of the embedded provider.');
  process.env.EMBEDDED_TEST_MODEL = output.trim();
  console.log(process.env.EMBEDDED_TEST_MODEL);
  return true;
}

function jest(title, args, env) {
  step(title, () => {
    const { report, exitCode } = runJest(root, args, env);
    return tally.addJestRun(report, exitCode);
  });
}

function testBuiltService(node, { withSimulation = false } = {}) {
  const { output } = runCommand([node, '--version'], { cwd: root, isQuiet: true });
  const title = `end-to-end tests, the built service on Node ${output.trim()}`;
  const also = withSimulation ? ', and the simulation of the routing' : '';
  jest(title + also, builtArguments({ withSimulation }), { MANA_LLM_E2E_NODE: node });
}

function fuzz() {
  const isGood = step('fuzz of requests and of upstream answers', () => {
    const compile = [process.execPath, 'node_modules/typescript/bin/tsc', '-p', 'tools/fuzz'];
    if (runCommand(compile, { cwd: root }).exitCode !== 0) return false;
    return runCommand([process.execPath, '.cache/fuzz/fuzz.js', ...FUZZ], { cwd: root }).exitCode === 0;
  });
  tally.addTestStep(isGood);
}

function testOnNewerNode() {
  let node;
  check('fetch Node 24', () => {
    node = newerNode(root);
    return node !== undefined || isMissing('The built service cannot be tested on Node 24 here.');
  });
  if (node) testBuiltService(node);
}

/** What the gateway costs beside its baseline. A machine that others use too says little of it: it is told, and fails nothing. */
function reportCost() {
  step('npm run bench:check, a report', () => {
    const isWithinBounds = runCommand([process.execPath, 'bench/cost/check.mjs'], { cwd: root }).exitCode === 0;
    if (!isWithinBounds)
      console.log('That is dearer than the baseline, or could not be measured here. It is no failure.');
    return true;
  });
}

async function verify() {
  progress.begin();
  if (!check('Node', hasFittingNode) || !check('install', install)) return;
  const [isBuilt] = await checkTogether(['build', 'lint', 'typecheck', 'format:check']);
  check('the embedded model', findEmbeddedModel);
  const tests = isBuilt ? 'unit tests' : 'all tests';
  jest(isCi ? `${tests}, with coverage` : tests, unitArguments({ isBuilt, withCoverage: isCi }));
  if (!isBuilt) {
    console.log('\nThe end-to-end tests of the built service did not run: there is no build.');
    return;
  }
  fuzz();
  testBuiltService(process.execPath, { withSimulation: true });
  if (!isCi) return;
  if (!isNewerNode()) testOnNewerNode();
  reportCost();
}

try {
  await verify();
} catch (error) {
  tally.addFailedStep();
  console.log(error);
}
process.exitCode = tally.exitCode;
if (tally.exitCode === 0) progress.keep();
console.log(`\nThat took ${toMinutes(progress.elapsedMs)}.`);
if (tally.skippedTitles !== undefined) console.log(`Skipped: ${tally.skippedTitles}`);
console.log(`${tally}`);
