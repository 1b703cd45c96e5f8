import { UpstreamError } from '../errors/upstream-error.js';
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
      { model: 'hf.co/b/c:Q4', context_length: 9, embedding_length: 8 },
      { id: 'ollama/hf.co/b/c:Q4', context_length: 9, embedding_length: 8 },
    ],
  ])('maps %j', (entry, expected) => {
    expect(fromOllamaModels({ models: [entry] }, 'ollama')).toEqual([expect.objectContaining(expected)]);
    expect(fromOllamaModels({ models: [entry] }, 'ollama')[0]).not.toHaveProperty('family');
  });

  it.each([[{ models: [] }], [{ models: null }], [{}], [{ models: [{}, null, 'x'] }]])(
    'finds no model in %j',
    (raw) => {
      expect(fromOllamaModels(raw, 'ollama')).toEqual([]);
    },
  );

  it.each([[null], ['x'], [[]], [{ models: 'x' }]])('refuses %j as no list of models', (raw) => {
    expect(() => fromOllamaModels(raw, 'ollama')).toThrow(UpstreamError);
  });
});
