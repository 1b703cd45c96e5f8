import { spawnSync } from 'node:child_process';
import { applicationFolder } from './application.mjs';

/** Compiles an application as its author would. Returns the errors. */
export function compile(name, ...options) {
  const tsc = ['node_modules/typescript/bin/tsc', '--pretty', 'false', ...options];
  const { stdout } = spawnSync(process.execPath, tsc, { cwd: applicationFolder(name), encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.includes('error TS'));
}
