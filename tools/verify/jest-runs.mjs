import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runCommand } from './run-command.mjs';

export const TEST_FOLDER = 'apps/mana-llm/test/';

/** They start the built service in every run: the runs with it are enough for them. */
export const ALWAYS_BUILT = [
  'built-service',
  'configuration-mistakes',
  'embedded',
  'logs',
  'provider-words',
  'proxy',
  'reload',
  'streams/drain',
  'streams/leaving',
  'uncaught-error',
];

/** They make mistakes inside the gateway, which therefore runs in their own process: the first run alone has them. */
export const NEVER_BUILT = ['streams/own-mistakes'];

/** Without a binary there is nothing to run: the first run says so, the others need not. */
export const REAL_OLLAMA = 'ollama/real-ollama';

const ignoring = (names) =>
  names.length === 0
    ? []
    : ['--testPathIgnorePatterns', '/node_modules/', ...names.map((name) => `/${TEST_FOLDER}${name}\\.e2e-spec\\.ts$`)];

/** The arguments of the run in one process with coverage. Where there is no build, it is the only one. */
export function coverageArguments({ isBuilt }) {
  const coverage = ['--coverage', '--coverageReporters=lcovonly', '--coverageReporters=text-summary'];
  return [...coverage, ...ignoring(isBuilt ? ALWAYS_BUILT : [])];
}

/** The arguments of a run of the end-to-end tests with the built service. */
export function builtArguments(env = process.env) {
  const left = [...NEVER_BUILT, ...(env.OLLAMA_BIN ? [] : [REAL_OLLAMA])];
  // Without coverage a worker may be kept: a new one for each file costs more than the file, often.
  const kept = ['--coverage=false', '--workerIdleMemoryLimit=1GB'];
  return [...kept, '--testPathPatterns', '\\.e2e-spec\\.ts$', ...ignoring(left)];
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
  const jest = [process.execPath, 'node_modules/jest/bin/jest.js', '--json', `--outputFile=${file}`, ...reporters];
  const { exitCode } = runCommand([...jest, ...args], { cwd: root, env });
  return { exitCode, report: readReport(file) };
}
