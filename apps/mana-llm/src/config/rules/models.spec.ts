import { namesRegistry } from './models.js';

describe(namesRegistry.name, () => {
  it.each([
    'hf.co/org/model:Q4_K_M',
    'HF.co/org/model',
    'huggingface.co/org/model',
    'registry.example.org/org/model:tag',
    'registry.ollama.ai/library/gemma3:4b',
    'registry.example.org:5000/model',
    'localhost:5000/org/model',
    '192.168.1.5:5000/org/model',
  ])('is true for %s', (model) => {
    expect(namesRegistry(model)).toBe(true);
  });

  it.each([
    'gemma3:4b',
    'hf.co',
    'hf.co/',
    'groq/llama-3.1-8b-instant',
    'mana/fast',
    'gpt-4.1/x',
    'gemma3:4b/x',
    'model.v2/x',
    '.co/x',
    '/hf.co/x',
    'a b.co/x',
  ])('is false for %s', (model) => {
    expect(namesRegistry(model)).toBe(false);
  });
});
