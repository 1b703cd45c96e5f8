import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cleanEnvironment } from './clean-environment.js';
import { BUILT_MAIN, ensureBuilt, REPOSITORY_ROOT } from './ensure-built.js';

export interface BuiltService {
  readonly process: ChildProcess;
  /** Everything written so far. */
  stdout(): string;
  stderr(): string;
  /** The exit code once it has ended, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** Runs the built service, with nothing of this process's environment that configures a gateway. */
export async function spawnBuiltService(
  env: Record<string, string>,
  nodeArguments: readonly string[] = [],
): Promise<BuiltService> {
  await ensureBuilt();
  const node = process.env['MANA_LLM_E2E_NODE'] ?? process.execPath;
  const child = spawn(node, [...nodeArguments, BUILT_MAIN], {
    cwd: REPOSITORY_ROOT,
    env: { ...cleanEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (output.stdout += piece));
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (output.stderr += piece));
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  return { process: child, stdout: () => output.stdout, stderr: () => output.stderr, ended };
}
