import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInstalled } from './is-installed.mjs';
import { isNewerNode, newerNode } from './newer-node.mjs';
import { npmCommand, runCommand } from './run-command.mjs';
import { Tally } from './tally.mjs';

// `npm run verify`: everything that must hold before a change lands, from a fresh clone. Its last line is the count.

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const reports = join(root, '.cache', 'verify');
const isCi = ['true', '1'].includes(process.env.CI ?? '');
const tally = new Tally();
/** The same mutations at each run: a failure is news of the change. */
const FUZZ = ['--requests', '500', '--answers', '500', '--seed', '20260801'];

/** Runs one step under a heading; `action` tells whether it went well. */
function step(title, action) {
  console.log(`\n=== ${title}`);
  const startedAtMs = Date.now();
  const isGood = action();
  console.log(`=== ${title}: ${isGood ? 'ok' : 'FAILED'} (${((Date.now() - startedAtMs) / 1000).toFixed(1)} s)`);
  return isGood;
}

/** A step that is no test: it counts only where it fails. */
function check(title, action) {
  const isGood = step(title, action);
  if (!isGood) tally.addFailedStep();
  return isGood;
}

const npmScript = (name) =>
  check(`npm run ${name}`, () => {
    return runCommand(npmCommand('run', '--silent', name), { cwd: root, isQuiet: true }).exitCode === 0;
  });

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

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function jest(title, args, env = {}) {
  step(title, () => {
    const report = join(reports, 'jest.json');
    rmSync(report, { force: true });
    const command = [process.execPath, 'node_modules/jest/bin/jest.js', '--json', `--outputFile=${report}`, ...args];
    const { exitCode } = runCommand(command, { cwd: root, env });
    return tally.addJestRun(readReport(report), exitCode);
  });
}

function testBuiltService(node) {
  const { output } = runCommand([node, '--version'], { cwd: root, isQuiet: true });
  const args = ['--coverage=false', '--testPathPatterns', '\\.e2e-spec\\.ts$'];
  jest(`end-to-end tests, the built service on Node ${output.trim()}`, args, { MANA_LLM_E2E_NODE: node });
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

function verify() {
  if (!check('Node', hasFittingNode) || !check('install', install)) return;
  mkdirSync(reports, { recursive: true });
  for (const name of ['format:check', 'lint', 'typecheck']) npmScript(name);
  const isBuilt = npmScript('build');
  check('the embedded model', findEmbeddedModel);
  jest('all tests, with coverage', ['--coverage', '--coverageReporters=lcovonly', '--coverageReporters=text-summary']);
  if (!isBuilt) {
    console.log('\nThe end-to-end tests of the built service did not run: there is no build.');
    return;
  }
  fuzz();
  testBuiltService(process.execPath);
  if (!isNewerNode()) testOnNewerNode();
}

try {
  verify();
} catch (error) {
  tally.addFailedStep();
  console.log(error);
}
process.exitCode = tally.exitCode;
console.log(`\n${tally}`);
