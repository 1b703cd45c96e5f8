import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkNode } from './check-node.mjs';
import { stopWithParent } from './stop-with-parent.mjs';
import { UpError } from './up-error.mjs';

// `npm run up`: from a fresh clone to a running service and one real answer. Nothing but Node is needed to run it.

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const stopped = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => stopped.abort(new UpError('Stopped.')));
stopWithParent(stopped);

try {
  checkNode();
  // An older Node could not even load the rest.
  const { runUp } = await import('./run-up.mjs');
  await runUp(root, stopped.signal);
} catch (error) {
  if (!stopped.signal.aborted) {
    console.error(error instanceof UpError ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}
// A broken-off download may still hold a socket.
process.exit();
