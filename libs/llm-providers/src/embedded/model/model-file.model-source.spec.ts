import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isModelUri, modelAddress, modelCacheFolder, modelName, requireReachable } from './model-file.js';

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

describe(modelCacheFolder.name, () => {
  it.each([
    ['/elsewhere', join('/elsewhere', 'mana-llm', 'models')],
    ['', join(homedir(), '.cache', 'mana-llm', 'models')],
    [undefined, join(homedir(), '.cache', 'mana-llm', 'models')],
  ])('with XDG_CACHE_HOME %p is %s', (cache, folder) => {
    expect(modelCacheFolder({ XDG_CACHE_HOME: cache })).toBe(folder);
  });
});

describe(requireReachable.name, () => {
  let server: Server;
  let origin: string;

  beforeEach(async () => {
    server = createServer((request, response) => {
      response.statusCode = Number(request.url?.slice(1));
      response.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each([200, 302])('takes status %d for a model that is there', async (status) => {
    await expect(requireReachable(`${origin}/${status}`)).resolves.toBeUndefined();
  });

  it('names the status of a model that is not there', async () => {
    await expect(requireReachable(`${origin}/404`)).rejects.toThrow(/^127\.0\.0\.1:\d+ answers 404/);
  });

  it('names a host that does not answer', async () => {
    server.close();
    await once(server, 'close');
    await expect(requireReachable(origin)).rejects.toThrow(/^127\.0\.0\.1:\d+ cannot be reached$/);
  });
});
