import { UpstreamError } from '../../errors/upstream-error.js';
import { fromOllamaModels } from './from-ollama-models.js';

describe(fromOllamaModels.name, () => {
  it('maps an entry with everything that a new server tells', () => {
    const entry = {
      name: 'gemma3:4b',
      model: 'gemma3:4b',
      modified_at: '2026-08-01T12:00:00.123456789+02:00',
      size: 3338801804,
      digest: 'a2af6cc3eb7f',
      capabilities: ['completion', 'vision'],
      details: {
        family: 'gemma3',
        parameter_size: '4.3B',
        quantization_level: 'Q4_K_M',
        context_length: 131072,
        embedding_length: 2560,
      },
    };
    expect(fromOllamaModels({ models: [entry] }, 'gpu2')).toEqual([
      {
        id: 'gpu2/gemma3:4b',
        object: 'model',
        created: 1785578400,
        owned_by: 'ollama',
        context_length: 131072,
        embedding_length: 2560,
        capabilities: ['completion', 'vision'],
        size: 3338801804,
        family: 'gemma3',
        parameter_size: '4.3B',
        quantization_level: 'Q4_K_M',
      },
    ]);
  });

  it.each<[object, object]>([
    [{ name: 'a' }, { id: 'ollama/a', object: 'model', created: 0, owned_by: 'ollama' }],
    [
      { name: 'a', modified_at: 'yesterday', details: { family: '' } },
      { id: 'ollama/a', object: 'model', created: 0, owned_by: 'ollama' },
    ],
    [
      { name: 'a', model: { toString: 1 }, details: null, size: '5', capabilities: 'x', context_length: Infinity },
      { id: 'ollama/a', object: 'model', created: 0, owned_by: 'ollama' },
    ],
    [
      { model: 'hf.co/b/c:Q4', context_length: 9, embedding_length: 8 },
      { id: 'ollama/hf.co/b/c:Q4', context_length: 9, embedding_length: 8 },
    ],
  ])('maps %j', (entry, expected) => {
    expect(fromOllamaModels({ models: [entry] }, 'ollama')).toEqual([expect.objectContaining(expected)]);
    expect(fromOllamaModels({ models: [entry] }, 'ollama')[0]).not.toHaveProperty('family');
  });

  it.each<[string, object[], string[]]>([
    [
      'short and full tag',
      [
        { name: 'gemma3', digest: 'a' },
        { name: 'gemma3:latest', digest: 'a' },
      ],
      ['gemma3:latest'],
    ],
    [
      'full and short tag',
      [
        { name: 'gemma3:latest', digest: 'a' },
        { name: 'gemma3', digest: 'a' },
      ],
      ['gemma3:latest'],
    ],
    ['tags without a digest', [{ name: 'gemma3' }, { name: 'gemma3:latest', digest: 'a' }], ['gemma3:latest']],
    ['a name that stands there twice', [{ name: 'a:1' }, { model: 'a:1' }, { name: 'b:1' }], ['a:1', 'b:1']],
    ['a short tag alone', [{ name: 'gemma3' }, { name: 'gemma3:4b' }], ['gemma3', 'gemma3:4b']],
    [
      'other digests',
      [
        { name: 'a', digest: '1' },
        { name: 'a:latest', digest: '2' },
      ],
      ['a', 'a:latest'],
    ],
    [
      'one model under two tags',
      [
        { name: 'a:4b', digest: '1' },
        { name: 'a:latest', digest: '1' },
      ],
      ['a:4b', 'a:latest'],
    ],
    [
      'a hub',
      [{ name: 'hf.co/b/c' }, { name: 'hf.co/b/c:latest' }, { name: 'hf.co/b/c:Q4' }],
      ['hf.co/b/c:latest', 'hf.co/b/c:Q4'],
    ],
    [
      'a registry with a port',
      [{ name: 'registry.local:5000/team/x' }, { name: 'registry.local:5000/team/x:latest' }],
      ['registry.local:5000/team/x:latest'],
    ],
    ['digests', [{ name: 'a@sha256:00ff' }, { name: 'a:latest' }], ['a@sha256:00ff', 'a:latest']],
  ])('lists each model once: %s', (_what, models, names) => {
    const ids = fromOllamaModels({ models }, 'ollama').map(({ id }) => id);
    expect(ids).toEqual(names.map((name) => `ollama/${name}`));
  });

  it('tells only what is of its type', () => {
    const entry = {
      name: 'a',
      size: '5',
      capabilities: ['tools', 5],
      context_length: Infinity,
      details: { family: 5 },
    };
    expect(fromOllamaModels({ models: [entry] }, 'ollama')).toEqual([
      { id: 'ollama/a', object: 'model', created: 0, owned_by: 'ollama', capabilities: ['tools'] },
    ]);
  });

  it.each([[{ models: [] }], [{ models: null }], [{}], [{ models: [{}, null, 'x', { name: 5 }] }]])(
    'finds no model in %j',
    (raw) => {
      expect(fromOllamaModels(raw, 'ollama')).toEqual([]);
    },
  );

  it.each([[null], ['x'], [[]], [{ models: 'x' }]])('refuses %j as no list of models', (raw) => {
    expect(() => fromOllamaModels(raw, 'ollama')).toThrow(UpstreamError);
  });
});
