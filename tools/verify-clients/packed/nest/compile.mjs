import { spawnSync } from 'node:child_process';
import { applicationFolder } from './application.mjs';

/** Compiles an application as its author would. The errors that tsc finds in it or in our types; those of others are theirs. */
export function compile(name, ...options) {
  const tsc = ['node_modules/typescript/bin/tsc', '--pretty', 'false', '--skipLibCheck', 'false', ...options];
  const { stdout } = spawnSync(process.execPath, tsc, { cwd: applicationFolder(name), encoding: 'utf8' });
  const isOurs = (line) =>
    line.includes('error TS') && (!line.startsWith('node_modules/') || line.startsWith('node_modules/@mana-llm/'));
  return stdout.split('\n').filter(isOurs);
}
