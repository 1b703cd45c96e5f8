import type { EmbeddingList, EmbeddingRequest } from '@mana-llm/openai-api';
import { Injectable } from '@nestjs/common';
import type { GatewayCall } from '../http/gateway-call.js';
import { AnswerStore } from './answer-store.js';
import { readCachePolicy } from './cache-policy.js';
import { cacheScope } from './cache-scope.js';
import { CacheTeller } from './cache-teller.js';
import { type CachedCall, routeNames } from './cached-call.js';
import { EmbeddingCache } from './embedding-cache.js';
import { notCachedError } from './not-cached-error.js';
import { sharedCall } from './shared-call.js';

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
    private readonly store: AnswerStore,
    private readonly teller: CacheTeller,
  ) {
    this.cache = new EmbeddingCache(store);
  }

  async embed({ request, route, call }: CachedEmbedding, ask: AskVectors): Promise<EmbeddingList> {
    const { headers, caller, context } = call;
    const scope = cacheScope(caller, headers);
    const policy = readCachePolicy({ headers, isReproducible: true, isEnabled: this.store.isEnabled });
    if (!policy.reads && !policy.writes) {
      this.teller.bypassed('embedding', call);
      if (policy.onlyIfCached) throw notCachedError();
      return ask(request, call);
    }
    this.teller.missing(call);
    const { signal, limits = {} } = context;
    const { list, result, ageSeconds } = await this.cache.embed(
      { request, route: routeNames(route), scope, policy, signal, limits },
      (asked, shared) => ask(asked, sharedCall(call, shared)),
    );
    const storedAtMs = result === 'hit' ? Date.now() - (ageSeconds ?? 0) * 1000 : undefined;
    this.teller.answered('embedding', call, { isLeader: result === 'miss', model: list.model, storedAtMs });
    return list;
  }
}
