import type { EmbeddingList, EmbeddingRequest } from '@mana-llm/openai-api';
import { Injectable } from '@nestjs/common';
import { EmbeddingCache } from '../cache/embeddings/embedding-cache.js';
import type { Call } from '../call/call.js';
import { EMBEDDING, ModelCalls } from '../routing/attempts/model-calls.js';
import { ModelRouter } from '../routing/model-router.js';

/** A vector as OpenAI packs it: the base64 of little-endian 32-bit floats. */
export function packEmbedding(vector: readonly number[]): string {
  const bytes = Buffer.allocUnsafe(vector.length * 4);
  vector.forEach((value, position) => bytes.writeFloatLE(value, position * 4));
  return bytes.toString('base64');
}

/** Everything that happens to an embedding request, in order. */
@Injectable()
export class EmbeddingService {
  constructor(
    private readonly router: ModelRouter,
    private readonly cache: EmbeddingCache,
    private readonly calls: ModelCalls,
  ) {}

  async embed(request: EmbeddingRequest, call: Call): Promise<EmbeddingList> {
    const route = this.router.resolve(request);
    const list = await this.cache.embed({ request, route, call }, (asked, asking) =>
      this.calls.complete(route, asking, EMBEDDING, ({ provider, model }, context) =>
        provider.embed({ ...asked, model }, context),
      ),
    );
    if (request.encoding_format !== 'base64') return list;
    const data = list.data.map((item) =>
      typeof item.embedding === 'string' ? item : { ...item, embedding: packEmbedding(item.embedding) },
    );
    return { ...list, data };
  }
}
