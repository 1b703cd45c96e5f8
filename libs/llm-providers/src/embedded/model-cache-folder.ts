import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where fetched models are kept, by the XDG base directory specification. */
export function modelCacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const cache = env['XDG_CACHE_HOME'];
  return join(cache !== undefined && cache !== '' ? cache : join(homedir(), '.cache'), 'mana-llm', 'models');
}
