import {
  json,
  ollamaCompletion,
  openAiCompletion,
  openAiModels,
  openAiStream,
  sseStream,
} from '@mana-llm/llm-providers/testing';
import { useScene } from './support/scene.js';
import { finishReasonsOf, readStream } from './support/stream-answer.js';

const PATH = '/azure/v1/chat/completions';

describe('a provider of the configuration file', () => {
  const scene = useScene({
    env: { AZURE_KEY: 'azure-secret' },
    yaml: [
      'providers:',
      '  Azure: { kind: openai-compatible, baseUrl: "${UPSTREAM_URL}/azure/v1/", headers: { api-key: "${AZURE_KEY}" }, query: { api-version: "2026-01-01" } }',
      '  unmarked: { kind: openai-compatible, baseUrl: "${UPSTREAM_URL}/unmarked/v1", endMarker: false }',
      '  gpu2: { kind: ollama, baseUrl: "${UPSTREAM_URL}/gpu2" }',
    ].join('\n'),
  });

  beforeEach(() => {
    scene.upstream.on('GET', '/azure/v1/models', json(200, openAiModels('gpt')));
    scene.upstream.on('GET', '/unmarked/v1/models', json(200, openAiModels('m')));
    scene.upstream.on('GET', '/gpu2/api/tags', json(200, { models: [] }));
    scene.upstream.on('GET', '/gpu2/api/ps', json(200, { models: [] }));
  });

  it('gets its static headers and query with every request, and no key that it has not', async () => {
    scene.upstream.on('POST', PATH, json(200, openAiCompletion()));
    expect((await scene.chat({ model: 'azure/gpt' })).status).toBe(200);
    const request = await scene.upstream.request(PATH);
    expect(request.headers['api-key']).toBe('azure-secret');
    expect(request.query.get('api-version')).toBe('2026-01-01');
    expect(request.headers.authorization).toBeUndefined();
  });

  it('gets none of the caller’s own headers', async () => {
    scene.upstream.on('POST', PATH, json(200, openAiCompletion()));
    await scene.chat(
      { model: 'azure/gpt' },
      { headers: { cookie: 'a=b', 'x-custom': 'c', authorization: 'Bearer d' } },
    );
    const { headers } = await scene.upstream.request(PATH);
    expect(headers).not.toHaveProperty('cookie');
    expect(headers).not.toHaveProperty('x-custom');
    expect(headers.authorization).toBeUndefined();
  });

  it('may end its streams without [DONE] where that is known', async () => {
    scene.upstream.on(
      'POST',
      '/unmarked/v1/chat/completions',
      sseStream(openAiStream(['Hi'], { usage: null }).replace('data: [DONE]\n\n', '')),
    );
    const stream = await readStream(await scene.chat({ model: 'unmarked/m', stream: true }));
    expect(finishReasonsOf(stream)).toEqual(['stop']);
    expect(stream.isDone).toBe(true);
  });

  it('may be a second Ollama', async () => {
    scene.upstream.on('POST', '/gpu2/api/chat', json(200, ollamaCompletion()));
    expect(await (await scene.chat({ model: 'gpu2/gemma3:4b' })).json()).toMatchObject({ model: 'gpu2/gemma3:4b' });
  });

  it('has its connections reused', async () => {
    scene.upstream.on('POST', PATH, json(200, openAiCompletion()));
    await (await scene.chat({ model: 'azure/gpt' })).text();
    const before = scene.upstream.totalConnections;
    for (let turn = 0; turn < 5; turn += 1) await (await scene.chat({ model: 'azure/gpt' })).text();
    expect(scene.upstream.totalConnections - before).toBeLessThanOrEqual(1);
  });
});
