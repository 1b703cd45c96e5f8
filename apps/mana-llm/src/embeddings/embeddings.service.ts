import type { EmbeddingList, EmbeddingRequest } from '@mana-llm/openai-api';
import { Injectable } from '@nestjs/common';
import type { GatewayCall } from '../http/gateway-call.js';
import { ModelCalls } from '../routing/model-calls.js';
import { packEmbedding } from './pack-embedding.js';

/** Everything that happens to an embedding request, in order. */
@Injectable()
export class EmbeddingsService {
  constructor(private readonly calls: ModelCalls) {}

  async embed(request: EmbeddingRequest, call: GatewayCall): Promise<EmbeddingList> {
    const list = await this.calls.sendBuffered(request.model, call, ({ provider, model }, context) =>
      provider.embed({ ...request, model }, context),
    );
    if (request.encoding_format !== 'base64') return list;
    const data = list.data.map((item) =>
      typeof item.embedding === 'string' ? item : { ...item, embedding: packEmbedding(item.embedding) },
    );
    return { ...list, data };
  }
}
