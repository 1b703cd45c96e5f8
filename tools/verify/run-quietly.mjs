import { spawn } from 'node:child_process';

/** Runs a command beside others. Its output is shown only where it fails, but then whole. Resolves with whether it went well. */
export function runQuietly([command, ...args], { cwd }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => output.push(piece));
    child.once('error', (error) => {
      console.log(`${command} did not run: ${error.message}`);
      resolve(false);
    });
    child.once('close', (code) => {
      if (code !== 0) process.stdout.write(Buffer.concat(output));
      resolve(code === 0);
    });
  });
}
