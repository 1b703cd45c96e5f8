import { fromShow, fromTag, fullModelName, modelKey } from './from-ollama-models.js';

describe(fromTag.name, () => {
  it.each<[string, unknown, unknown]>([
    [
      'a new server',
      { model: 'a:1', details: { context_length: 131072 }, capabilities: ['completion', 'vision'] },
      { name: 'a:1', contextLength: 131072, capabilities: ['completion', 'vision'] },
    ],
    ['a length beside the details', { model: 'a:1', context_length: 8192 }, { name: 'a:1', contextLength: 8192 }],
    ['an older server', { name: 'a:1', details: { family: 'x' } }, { name: 'a:1' }],
    ['lists and numbers that say nothing', { name: 'a:1', capabilities: [], context_length: 0 }, { name: 'a:1' }],
    ['other types', { name: 'a:1', capabilities: 'vision', context_length: '8192', details: null }, { name: 'a:1' }],
    ['no name', { capabilities: ['vision'] }, undefined],
    ['no object', 'a:1', undefined],
  ])('reads %s', (_what, tag, expected) => {
    expect(fromTag(tag)).toEqual(expected);
  });
});

describe(fromShow.name, () => {
  it.each<[string, unknown, unknown]>([
    [
      'limit and capabilities',
      {
        model_info: { 'general.architecture': 'gemma3', 'gemma3.context_length': 131072 },
        capabilities: ['completion'],
      },
      { name: 'a:1', contextLength: 131072, capabilities: ['completion'] },
    ],
    ['an older server', { model_info: { 'general.architecture': 'llama' }, details: {} }, { name: 'a:1' }],
    ['nothing', undefined, { name: 'a:1' }],
  ])('reads %s', (_what, show, expected) => {
    expect(fromShow('a:1', show)).toEqual(expected);
  });
});

describe(fullModelName.name, () => {
  it.each([
    ['gemma3', 'gemma3:latest'],
    ['gemma3:4b', 'gemma3:4b'],
    ['hf.co/org/model', 'hf.co/org/model:latest'],
    ['registry.lab:5000/org/model', 'registry.lab:5000/org/model:latest'],
    ['model@sha256:abc', 'model@sha256:abc'],
  ])('of %s is %s', (name, full) => {
    expect(fullModelName(name)).toBe(full);
  });
});

describe(modelKey.name, () => {
  it.each([
    ['Gemma3', 'gemma3:latest'],
    ['library/gemma3:4B', 'gemma3:4b'],
    ['registry.ollama.ai/library/gemma3:4b', 'gemma3:4b'],
    ['registry.ollama.ai/org/model', 'org/model:latest'],
    ['hf.co/Org/Model:Q4_K_M', 'hf.co/org/model:q4_k_m'],
  ])('of %s is %s', (name, key) => {
    expect(modelKey(name)).toBe(key);
  });
});
