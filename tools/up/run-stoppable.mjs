import { checkNode } from './check-node.mjs';
import { stopWithParent } from './stop-with-parent.mjs';
import { UpError } from './up-error.mjs';

/**
 * Runs what an npm script starts, until it ends, or Ctrl-C or the end of npm aborts its signal. Ends the process.
 *
 * @param {string} script the name of the npm script
 * @param {(signal: AbortSignal) => Promise<void>} run loads what an older Node could not load
 */
export async function runStoppable(script, run) {
  const stopped = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => stopped.abort(new UpError('Stopped.')));
  stopWithParent(stopped, script);
  try {
    checkNode();
    await run(stopped.signal);
  } catch (error) {
    if (!stopped.signal.aborted) {
      console.error(error instanceof UpError ? `\n${error.message}` : error);
      process.exitCode = 1;
    }
  }
  // A broken-off download may still hold a socket.
  process.exit();
}
