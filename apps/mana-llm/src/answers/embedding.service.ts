import type { EmbeddingList, EmbeddingRequest } from '@mana-llm/openai-api';
import { Injectable } from '@nestjs/common';
import { EmbeddingAnswers } from '../cache/embeddings/embedding-answers.js';
import type { GatewayCall } from '../call/gateway-call.js';
import { ModelCalls } from '../routing/attempts/model-calls.js';
import { ModelRouter } from '../routing/model-router.js';
import { packEmbedding } from './pack-embedding.js';

/** Everything that happens to an embedding request, in order. */
@Injectable()
export class EmbeddingService {
  constructor(
    private readonly router: ModelRouter,
    private readonly cache: EmbeddingAnswers,
    private readonly calls: ModelCalls,
  ) {}

  async embed(request: EmbeddingRequest, call: GatewayCall): Promise<EmbeddingList> {
    const route = this.router.resolve(request);
    const list = await this.cache.embed({ request, route, call }, (asked, asking) =>
      this.calls.complete(route, asking, ({ provider, model }, context) =>
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
