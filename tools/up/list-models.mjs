import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const CREATE_PROVIDER = 'dist/libs/llm-providers/src/create-provider.js';

/** The models of the providers with these settings, asked as the service asks; those that do not answer have none. */
export async function listModels(root, settings, signal) {
  const { createProvider } = await import(pathToFileURL(join(root, CREATE_PROVIDER)).href);
  const lists = settings.map(async (own) => {
    const provider = createProvider(own);
    try {
      return await provider.listModels({ signal, requestId: 'up' });
    } catch {
      signal.throwIfAborted();
      return [];
    } finally {
      await provider.close?.();
    }
  });
  return (await Promise.all(lists)).flat().map(({ id }) => id);
}
