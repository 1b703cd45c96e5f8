import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where models are kept; the same folder as the service's own (libs/llm-providers/src/embedded/model/model-file.ts). */
export function modelCacheFolder(env = process.env) {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mana-llm', 'models');
}
