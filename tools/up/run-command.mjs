import { spawn } from 'node:child_process';
import { UpError } from './up-error.mjs';

/**
 * Runs a command to its end; `output` tells where its standard output goes: `inherit`, `stderr` or `return`.
 * Rejects with `advice` where it fails, and with the signal's reason where that is aborted.
 */
export function runCommand([command, ...args], { signal, advice, output = 'inherit', cwd, env = {} }) {
  return new Promise((resolve, reject) => {
    const stdout = { inherit: 'inherit', stderr: 2, return: 'pipe' }[output];
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', stdout, 'inherit'] });
    const stop = () => child.kill('SIGTERM');
    signal?.addEventListener('abort', stop, { once: true });
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (piece) => (text += piece));
    const end = (error) => {
      signal?.removeEventListener('abort', stop);
      if (signal?.aborted) reject(signal.reason);
      else if (error) reject(error);
      else resolve(text.trim());
    };
    child.once('error', (error) => end(new UpError(`${command} could not be run (${error.code}). ${advice}`)));
    child.once('close', (code) => end(code === 0 ? undefined : new UpError(`${command} failed (${code}). ${advice}`)));
  });
}
