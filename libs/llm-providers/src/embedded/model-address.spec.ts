import { modelAddress } from './model-address.js';

describe(modelAddress.name, () => {
  it.each([
    ['hf:org/repo/file.gguf', {}, 'https://huggingface.co/org/repo/resolve/main/file.gguf'],
    ['hf:org/repo/sub/file.gguf#v2', {}, 'https://huggingface.co/org/repo/resolve/v2/sub/file.gguf'],
    ['hf:org/repo:Q4_0', {}, 'https://huggingface.co/org/repo'],
    ['huggingface:org/repo', {}, 'https://huggingface.co/org/repo'],
    ['hf:org/repo', { HF_ENDPOINT: 'http://mirror/' }, 'http://mirror/org/repo'],
    ['hf:org/repo', { MODEL_ENDPOINT: 'http://mirror' }, 'http://mirror/org/repo'],
    ['https://example.com/file.gguf', {}, 'https://example.com/file.gguf'],
  ])('%s with %j is at %s', (uri, env, address) => {
    expect(modelAddress(uri, env)).toBe(address);
  });
});
