import { ApiError } from '@mana-llm/openai-api';
import type { ProviderEmbeddingRequest } from '../llm-provider.js';
import { toOllamaEmbedRequest } from './to-ollama-embed-request.js';

const request = (fields: object): ProviderEmbeddingRequest => ({ model: 'nomic', input: 'a', ...fields });

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe(toOllamaEmbedRequest.name, () => {
  it.each<[object, object]>([
    [{}, {}],
    [{ input: ['a', 'b'] }, { input: ['a', 'b'] }],
    [{ input: '' }, { input: '' }],
    [{ dimensions: 256 }, { dimensions: 256 }],
    [{ dimensions: null }, {}],
    [{ keep_alive: '5m' }, { keep_alive: '5m' }],
    [{ options: { num_ctx: 8192 } }, { options: { num_ctx: 8192 } }],
    [{ options: {} }, {}],
    [{ encoding_format: 'base64', user: 'u' }, {}],
  ])('maps %j', (fields, expected) => {
    const body: unknown = JSON.parse(JSON.stringify(toOllamaEmbedRequest(request(fields))));
    expect(body).toEqual({ model: 'nomic', input: 'a', truncate: false, ...expected });
  });

  it.each<[string, object]>([
    ['input', { input: [1, 2, 3] }],
    ['input', { input: [[1, 2], [3]] }],
    ['options', { options: [] }],
    ['keep_alive', { keep_alive: true }],
  ])('refuses, naming %s: %j', (param, fields) => {
    const error = thrownBy(() => toOllamaEmbedRequest(request(fields)));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 400, body: { error: { param } } });
  });
});
