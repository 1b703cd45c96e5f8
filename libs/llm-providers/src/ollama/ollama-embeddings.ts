import type { EmbeddingList } from '@mana-llm/openai-api';
import type { CallContext } from '../call-context.js';
import type { UpstreamClient } from '../transport/upstream-client.js';
import type { ProviderEmbeddingRequest } from '../llm-provider.js';
import type { OllamaSettings } from '../provider-settings.js';
import { embedInBatches } from './embed-in-batches.js';
import type { LoadLog } from './load-log.js';
import type { ModelKnowledge } from './model-knowledge.js';
import type { OllamaEmbedRequest } from './ollama-api.js';
import { throwErrorInside } from './throw-error-inside.js';
import { toOllamaEmbedRequest } from './to-ollama-embed-request.js';

export interface OllamaEmbeddingsOptions {
  settings: Pick<OllamaSettings, 'name' | 'embedBatch' | 'timeouts'>;
  client: UpstreamClient;
  models: ModelKnowledge;
  loads: LoadLog;
}

/** The embeddings of one server, by `/api/embed`. */
export class OllamaEmbeddings {
  constructor(private readonly options: OllamaEmbeddingsOptions) {}

  async embed(request: ProviderEmbeddingRequest, context: CallContext): Promise<EmbeddingList> {
    const { settings, client, models, loads } = this.options;
    const { name: provider, embedBatch: batchSize, timeouts } = settings;
    const { model } = toOllamaEmbedRequest(request);
    await models.require(model, [{ capability: 'embedding', param: 'model' }], client.startCall(context, 'buffered'));
    // Each batch has a buffered answer's time, all of them together have the total.
    const { bufferedMs = timeouts.totalMs, totalMs } = timeouts;
    const endsAtMs = Date.now() + totalMs;
    const ask = async (body: OllamaEmbedRequest): Promise<unknown> => {
      models.noteSent(model);
      const leftMs = Math.max(1, endsAtMs - Date.now());
      const bounded = { ...timeouts, bufferedMs: Math.min(bufferedMs, leftMs) };
      const raw = await client.postJson('/api/embed', body, context, { timeouts: bounded, exactIntegers: false });
      throwErrorInside(raw, provider);
      loads.note(model, raw);
      return raw;
    };
    return embedInBatches(request, { provider, batchSize, ask });
  }
}
