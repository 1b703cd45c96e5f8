import { endStart } from './start-memory.js';

// Not as static imports: those are all loaded before the first of them runs, and the bounds of the heap have to come before.
const [{ createApp }, { startApp }] = await Promise.all([import('./create-app.js'), import('./start-app.js')]);

await startApp(async () => {
  const app = await createApp();
  await app.init();
  endStart();
  return app;
});
