import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { readJunit } from './read-junit.mjs';

/** For what hangs alone. */
const LIMIT_MS = 5 * 60_000;

/** @typedef {{ passed: number, failed: number, exitCode: number }} TestRun */

/**
 * Runs tests to their end, which leave a JUnit report. This process goes on meanwhile: the upstream lives in it.
 *
 * @param {string[]} command
 * @param {{ cwd: string, env: Record<string, string>, report: string }} options
 * @returns {Promise<TestRun>}
 */
export async function runTests([command, ...args], { cwd, env, report }) {
  rmSync(report, { force: true });
  const exitCode = await new Promise((resolve) => {
    const options = { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'inherit', 'inherit'] };
    const child = spawn(command, args, { ...options, timeout: LIMIT_MS, killSignal: 'SIGKILL' });
    child.once('error', (error) => {
      console.log(`${command} did not run: ${error.message}`);
      resolve(1);
    });
    child.once('close', (code, signal) => {
      if (signal !== null) console.log(`${command} was ended by ${signal} (limit: ${LIMIT_MS / 60_000} minutes).`);
      resolve(code ?? 1);
    });
  });
  return { ...readJunit(readReport(report)), exitCode };
}

function readReport(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
