import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runStoppable } from './run-stoppable.mjs';

// `npm run up`: from a fresh clone to a running service and one real answer. Nothing but Node is needed to run it.

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

await runStoppable('up', async (signal) => {
  const { runUp } = await import('./run-up.mjs');
  await runUp(root, signal);
});
