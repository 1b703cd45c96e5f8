import { homedir } from 'node:os';
import { join } from 'node:path';
import { modelCacheFolder } from './model-cache-folder.js';

describe(modelCacheFolder.name, () => {
  it.each([
    ['/elsewhere', join('/elsewhere', 'mana-llm', 'models')],
    ['', join(homedir(), '.cache', 'mana-llm', 'models')],
    [undefined, join(homedir(), '.cache', 'mana-llm', 'models')],
  ])('with XDG_CACHE_HOME %p is %s', (cache, folder) => {
    expect(modelCacheFolder({ XDG_CACHE_HOME: cache })).toBe(folder);
  });
});
