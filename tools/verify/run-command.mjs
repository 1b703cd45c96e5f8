import { spawnSync } from 'node:child_process';

const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

/** Runs a command to its end. With `isQuiet` its output is shown only where it fails, but then whole. */
export function runCommand([command, ...args], { cwd, env = {}, isQuiet = false }) {
  const result = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', isQuiet ? 'pipe' : 'inherit', isQuiet ? 'pipe' : 'inherit'],
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  if (result.error) console.log(`${command} did not run: ${result.error.message}`);
  if (isQuiet && result.status !== 0) process.stdout.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
  return { exitCode: result.status ?? 1, output: String(result.stdout ?? '') };
}

/** npm as it was started, also where a shell would find it by another name. */
export function npmCommand(...args) {
  const { npm_execpath: npmPath } = process.env;
  return npmPath?.endsWith('.js') ? [process.execPath, npmPath, ...args] : ['npm', ...args];
}
