import type { EmbeddingList, EmbeddingRequest } from '@mana-llm/openai-api';
import { Injectable } from '@nestjs/common';
import type { GatewayCall } from '../../call/gateway-call.js';
import { AnswerStore } from '../store/answer-store.js';
import { CacheGate } from '../cache-gate.js';
import { CacheTeller } from '../cache-teller.js';
import type { CachedCall } from '../cached-call.js';
import { EmbeddingCache } from './embedding-cache.js';
import { sharedCall } from '../../sharing/shared-call.js';

export interface CachedEmbedding extends CachedCall {
  request: EmbeddingRequest;
}

/** Asks a model for vectors under a call: the caller's own, or one that several callers share. */
export type AskVectors = (request: EmbeddingRequest, call: GatewayCall) => Promise<EmbeddingList>;

/** Gives a caller its vectors, new ones and those that are known, and tells it which they were. */
@Injectable()
export class EmbeddingAnswers {
  private readonly cache: EmbeddingCache;

  constructor(
    store: AnswerStore,
    private readonly gate: CacheGate,
    private readonly teller: CacheTeller,
  ) {
    this.cache = new EmbeddingCache(store);
  }

  async embed({ request, route, call }: CachedEmbedding, ask: AskVectors): Promise<EmbeddingList> {
    const use = this.gate.open('embedding', call, { request, isReproducible: true });
    if (use === undefined) return ask(request, call);
    this.teller.missing(call);
    const { signal, limits = {} } = call.context;
    const { list, result, ageSeconds } = await this.cache.embed(
      { request, route: route.names, ...use, signal, limits },
      (asked, shared) => ask(asked, sharedCall(call, shared)),
    );
    const ageMs = ageSeconds === undefined ? undefined : ageSeconds * 1000;
    this.teller.answered('embedding', call, { isLeader: result === 'miss', model: list.model, ageMs });
    return list;
  }
}
