import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runStoppable } from '../up/run-stoppable.mjs';

// `npm run example-backend`: the example backend, and the gateway that it calls. One that runs already, here or at MANA_LLM_URL, is used.

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

await runStoppable('example-backend', async (signal) => {
  const { runExampleBackend } = await import('./run-example-backend.mjs');
  await runExampleBackend(root, signal);
});
