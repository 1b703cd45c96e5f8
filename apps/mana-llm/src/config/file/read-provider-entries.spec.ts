import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Configuration } from '../configuration.js';
import { ConfigurationError } from '../configuration-mistake.js';
import { readConfigText } from './config-text.js';
import { loadConfiguration } from '../load-configuration.js';
import { findMissingModels } from './read-provider-entries.js';

const ALLOWED = 'the path of a GGUF file, or a URI such as hf:org/repo:quant';

describe(findMissingModels.name, () => {
  let directory: string;
  let path: string;
  let model: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'mana-llm-models-'));
    path = join(directory, 'mana-llm.yaml');
    model = join(directory, 'small.gguf');
    writeFileSync(model, '');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const load = (yaml: string, env: NodeJS.ProcessEnv = {}, inUse?: Configuration): Configuration => {
    writeFileSync(path, yaml);
    const reload = inUse && { file: readConfigText(path), inUse };
    return loadConfiguration({ ...env, MANA_LLM_CONFIG: path }, reload);
  };
  const mistakes = (...args: Parameters<typeof load>) => {
    try {
      load(...args);
    } catch (error) {
      if (error instanceof ConfigurationError) return error.mistakes;
      throw error;
    }
    return [];
  };

  it('takes a file and a URI', () => {
    expect(mistakes('', { EMBEDDED_MODEL: model })).toEqual([]);
    expect(mistakes(`providers: { small: { kind: embedded, model: ${model} } }`)).toEqual([]);
    expect(mistakes('', { EMBEDDED_MODEL: 'hf:org/repo:Q4_K_M' })).toEqual([]);
  });

  it('refuses an EMBEDDED_MODEL that names nothing', () => {
    expect(mistakes('', { EMBEDDED_MODEL: '/nowhere/small.gguf' })).toEqual([
      { key: 'EMBEDDED_MODEL', found: '"/nowhere/small.gguf", where there is no file', allowed: ALLOWED },
    ]);
  });

  it('refuses a folder, and a path through a file', () => {
    mkdirSync(join(directory, 'folder.gguf'));
    for (const wrong of [join(directory, 'folder.gguf'), join(model, 'small.gguf')]) {
      expect(mistakes('', { EMBEDDED_MODEL: wrong })).toMatchObject([{ key: 'EMBEDDED_MODEL' }]);
    }
  });

  it('does not look at an EMBEDDED_MODEL that the file replaces', () => {
    expect(mistakes(`providers: { embedded: { model: ${model} } }`, { EMBEDDED_MODEL: '/nowhere' })).toEqual([]);
  });

  it('names the place in the file, lists the mistake with others, and shows what the file says', () => {
    const yaml = 'providers: { Small: { kind: embedded, model: "${SMALL_MODEL}" } }\nlimits: { queued: -1 }';
    expect(mistakes(yaml, { SMALL_MODEL: '/nowhere/small.gguf' })).toMatchObject([
      { key: `${path}: limits.queued` },
      {
        key: `${path}: providers.Small.model`,
        found: '"${SMALL_MODEL}", where there is no file',
        allowed: ALLOWED,
      },
    ]);
  });

  describe('at a reload', () => {
    it('refuses a model that is not there', () => {
      const inUse = load('', { EMBEDDED_MODEL: model });
      const yaml = 'providers: { small: { kind: embedded, model: /nowhere/small.gguf } }';
      expect(mistakes(yaml, { EMBEDDED_MODEL: model }, inUse)).toMatchObject([
        { key: `${path}: providers.small.model` },
      ]);
    });

    it('takes a model that is in use, though its file has been moved', () => {
      const yaml = `providers: { small: { kind: embedded, model: ${model} } }`;
      const inUse = load(yaml);
      renameSync(model, `${model}.moved`);
      expect(mistakes(`${yaml}\nlimits: { queued: 1 }`, {}, inUse)).toEqual([]);
      expect(mistakes(yaml)).toHaveLength(1);
    });
  });
});
