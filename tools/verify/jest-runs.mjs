import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from './run-command.mjs';

export const TEST_FOLDER = 'apps/mana-llm/test/';

/** They have nothing of the gateway's: the run of the unit tests has them, and once is enough. */
const WITHOUT_GATEWAY = ['/apps/example-backend/', '/libs/llm-client/test/'];

/** They change the gateway, which therefore runs in their own process: the run of the unit tests has them. */
export const NEVER_BUILT = ['second-surface', 'streams/own-mistakes'];

/** Without a binary there is nothing to run: the run of the unit tests says that it is skipped. */
export const REAL_OLLAMA = 'ollama/real-ollama';

/** Hundreds of thousands of requests to the routing: counting the lines of each takes as long as all other tests. */
export const SIMULATION = 'routing\\.simulation\\.spec\\.ts$';

/**
 * The files that run in one, by the name of their suite: one built service is enough for them.
 * @type {Record<string, string[]>}
 */
export const SUITES = JSON.parse(
  readFileSync(join(dirname(fileURLToPath(import.meta.url)), '..', '..', TEST_FOLDER, 'suites', 'suites.json'), 'utf8'),
);

const END_TO_END = '\\.e2e-spec\\.ts$';
const patternsOf = (names) => names.map((name) => `/${TEST_FOLDER}${name}${END_TO_END}`);
const ignoring = (patterns) => ['--testPathIgnorePatterns', '/node_modules/', ...patterns];

/** The end-to-end tests that the built service does not run. */
const leftToUnitTests = (env) => [...NEVER_BUILT, ...(env.OLLAMA_BIN ? [] : [REAL_OLLAMA])];

/**
 * The arguments of the run of the unit tests. Where there is no build, it has the end-to-end tests too. To count the lines that run
 * takes half as long again as the tests.
 */
export function unitArguments({ isBuilt, withCoverage = false, env = process.env }) {
  const coverage = withCoverage
    ? ['--coverage', '--coverageReporters=lcovonly', '--coverageReporters=text-summary']
    : ['--coverage=false'];
  const wanted = [
    '--testPathPatterns',
    '\\.spec\\.ts$',
    ...(isBuilt ? [...patternsOf(leftToUnitTests(env)), ...WITHOUT_GATEWAY] : [END_TO_END]),
  ];
  return [...coverage, ...wanted, ...ignoring(isBuilt ? [SIMULATION] : [])];
}

/** The arguments of a run of the end-to-end tests with the built service; `withSimulation` adds what no run before it had. */
export function builtArguments({ withSimulation = false, env = process.env } = {}) {
  const left = [...leftToUnitTests(env), ...Object.values(SUITES).flat()];
  // Much of these tests is waiting: one worker more than cores.
  const workers = ['--coverage=false', `--maxWorkers=${availableParallelism() + 1}`];
  const matched = [
    '**/*.e2e-spec.ts',
    '**/*.e2e-suite.ts',
    ...(withSimulation ? ['**/routing.simulation.spec.ts'] : []),
  ];
  return [...workers, '--testMatch', ...matched, ...ignoring([...patternsOf(left), ...WITHOUT_GATEWAY])];
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Runs jest to its end and returns its report, undefined where it wrote none. */
export function runJest(root, args, env = {}) {
  const file = join(root, '.cache', 'verify', 'jest.json');
  mkdirSync(dirname(file), { recursive: true });
  rmSync(file, { force: true });
  const reporters = ['--reporters=default', `--reporters=${join(root, 'tools/verify/progress-reporter.mjs')}`];
  const order = `--testSequencer=${join(root, 'tools/verify/longest-first.mjs')}`;
  const jest = [process.execPath, 'node_modules/jest/bin/jest.js', '--json', `--outputFile=${file}`, ...reporters];
  const { exitCode } = runCommand([...jest, order, ...args], { cwd: root, env });
  return { exitCode, report: readReport(file) };
}
