import type { FakeUpstream } from './fake-upstream.js';
import { json } from './reply.js';

export interface FakeOllamaModels {
  /** Entries of `/api/tags`. */
  models?: object[];
  /** Entries of `/api/ps`. */
  loaded?: object[];
}

/** An Ollama server that has these models and tells no more of them by `/api/show`. */
export function scriptOllamaModels(upstream: FakeUpstream, { models = [], loaded = [] }: FakeOllamaModels = {}): void {
  upstream.on('GET', '/api/tags', json(200, { models }));
  upstream.on('GET', '/api/ps', json(200, { models: loaded }));
  upstream.on('POST', '/api/show', json(404, { error: 'model not found' }));
}
