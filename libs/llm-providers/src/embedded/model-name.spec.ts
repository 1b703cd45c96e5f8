import { isModelUri, modelName } from './model-name.js';

describe(modelName.name, () => {
  it.each([
    ['/models/gemma-3-270m.gguf', '/models/gemma-3-270m.gguf', 'gemma-3-270m'],
    ['/models/Model.GGUF', 'Model.GGUF', 'Model'],
    [
      '/cache/hf_ggml-org_gemma-3-270m-it-Q8_0.gguf',
      'hf:ggml-org/gemma-3-270m-it-GGUF/gemma-3-270m-it-Q8_0.gguf',
      'gemma-3-270m-it-Q8_0',
    ],
    ['/cache/hf_a_b_model.Q4_0.gguf', 'hf:a_b/model-GGUF:Q4_0', 'model.Q4_0'],
    ['/models/hf_someone_model.gguf', '/models/hf_someone_model.gguf', 'hf_someone_model'],
    ['/cache/model.gguf', 'https://example.com/model.gguf', 'model'],
  ])('names %s, fetched from %s, %s', (file, source, name) => {
    expect(modelName(file, source)).toBe(name);
  });
});

describe(isModelUri.name, () => {
  it.each([
    ['hf:org/repo:Q4_0', true],
    ['huggingface:org/repo', true],
    ['https://example.com/model.gguf', true],
    ['/models/model.gguf', false],
    ['model.gguf', false],
    ['hf/model.gguf', false],
  ])('%s: %s', (source, isUri) => {
    expect(isModelUri(source)).toBe(isUri);
  });
});
