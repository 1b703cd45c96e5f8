import type { EmbeddingList, EmbeddingRequest } from '@mana-llm/openai-api';
import { Injectable } from '@nestjs/common';
import { SharedWork } from '@mana-llm/llm-providers';
import type { Call } from '../../call/call.js';
import { addTokens, countedTokens, type UpstreamUsage } from '../../call/call-record.js';
import { isRequestsFault } from '../../routing/attempts/failures.js';
import { joinWithin } from '../../sharing/reader-timers.js';
import { sharedCall } from '../../sharing/single-flight.js';
import { type CachedCall, CachePlanner, type CachePolicy, isFresh, notCachedError } from '../cache-plan.js';
import { type AnswerSource, CacheReporter } from '../cache-reporter.js';
import { ageMsOf, AnswerStore } from '../store/answer-store.js';
import {
  addUsage,
  EmbeddingBatch,
  NO_USAGE,
  readVector,
  type StoredVectors,
  sumOfShares,
  usedTokens,
  type Vector,
} from './embedding-batch.js';
import { type AnsweredItems, type EndedCall, ItemCalls } from './item-calls.js';

export type CachedEmbedding = CachedCall<EmbeddingRequest>;

/** Asks a model for vectors under a call: the caller's own call, or one that several callers share. */
export type AskVectors = (request: EmbeddingRequest, call: Call) => Promise<EmbeddingList>;

interface Work {
  batch: EmbeddingBatch;
  policy: CachePolicy;
  call: Call;
  ask: AskVectors;
}

/** The stored vectors, the calls of others that this request has joined, and its own call. */
interface Found {
  stored: StoredVectors;
  joined: EndedCall[];
  own?: EndedCall;
}

interface Answer extends Omit<AnswerSource, 'model'> {
  list: EmbeddingList;
  /** The tokens of vectors that were stored, or that another request has paid; undefined where none are known. */
  savedTokens?: number | undefined;
}

/** Caches embeddings item by item: a model is asked only for items that are not stored and that no running call brings. */
@Injectable()
export class EmbeddingCache {
  private readonly calls = new ItemCalls();

  constructor(
    private readonly store: AnswerStore,
    private readonly planner: CachePlanner,
    private readonly reporter: CacheReporter,
  ) {}

  async embed({ request, route, call }: CachedEmbedding, ask: AskVectors): Promise<EmbeddingList> {
    const plan = this.planner.plan('embedding', call, { request, isReproducible: true });
    if (plan === undefined) return ask(request, call);
    const { policy, scope } = plan;
    this.reporter.missed(call);
    const batch = new EmbeddingBatch({ request, route: route.names, scope });
    const { list, isLeader, ageMs, savedTokens } = await this.answer({ batch, policy, call, ask });
    this.reporter.answered('embedding', call, { isLeader, model: list.model, ageMs });
    if (savedTokens !== undefined) this.reporter.saved(call, list.model, { promptTokens: savedTokens });
    return list;
  }

  private async answer(work: Work): Promise<Answer> {
    const { batch, policy } = work;
    if (policy.onlyIfCached && !policy.reads) throw notCachedError();
    if (!policy.reads) return { list: await this.askForAll(work), isLeader: true };
    const found = await this.find(work);
    const calls = found.own === undefined ? found.joined : [...found.joined, found.own];
    const failed = calls.find((call) => 'error' in call);
    // A refusal may be about another caller's text. And the error names a text by its position, which is another one in this batch.
    if (failed !== undefined && (!isRequestsFault(failed.error) || batch.isWhole(failed.keys))) throw failed.error;
    return this.assemble(work, found, calls);
  }

  private async find(work: Work): Promise<Found> {
    const { batch, policy, call } = work;
    const keys = batch.uniqueKeys;
    if (policy.onlyIfCached) {
      const stored = await this.lookUp(keys, work);
      if (stored.size < keys.length) throw notCachedError();
      return { stored, joined: [] };
    }
    // Joined before the store is read: the items of a call that ends meanwhile would be neither stored nor running.
    const reader = { context: call.context, record: call.record, keys: batch.keys };
    const early = this.calls.join(keys, reader);
    const stored = await this.lookUp(early.others, work);
    call.context.signal.throwIfAborted();
    const late = this.calls.join(
      early.others.filter((key) => !stored.has(key)),
      reader,
    );
    const missing = late.others;
    const own =
      missing.length === 0 ? undefined : this.calls.start(missing, reader, (signal) => this.ask(missing, work, signal));
    const joined = await Promise.all([...early.ends, ...late.ends]);
    return { stored, joined, ...(own === undefined ? {} : { own: await own }) };
  }

  /** A list never mixes the vectors of several models. Where a fallback would lead to that, a model is asked for all items anew. */
  private async assemble(work: Work, { stored, own }: Found, calls: EndedCall[]): Promise<Answer> {
    const { batch, call } = work;
    const usage = own !== undefined && 'list' in own ? own.list.usage : NO_USAGE;
    const isLeader = own !== undefined;
    const vectors = new Map([...stored].map(([key, { value }]) => [key, value]));
    const paidKeys = new Set<string>();
    for (const ended of calls) {
      if (!('list' in ended)) continue;
      const isPaid = ended === own || paysFor(call, ended);
      if (batch.isWhole(ended.keys)) {
        return { list: { ...ended.list, usage }, isLeader, savedTokens: isPaid ? undefined : usedTokens(ended.list) };
      }
      for (const [key, vector] of ended.vectors) {
        vectors.set(key, vector);
        if (isPaid) paidKeys.add(key);
      }
    }
    const list = batch.assemble(vectors, usage);
    if (list === undefined) {
      const all = await this.askForAll(work);
      return { list: { ...all, usage: addUsage(all.usage, usage) }, isLeader: true };
    }
    // The age of a hit is that of its oldest vector.
    const ageMs = calls.length === 0 ? Math.max(...[...stored.values()].map(ageMsOf)) : undefined;
    const savedKeys = batch.uniqueKeys.filter((key) => !paidKeys.has(key));
    return { list, isLeader, ageMs, savedTokens: sumOfShares(savedKeys.map((key) => vectors.get(key))) };
  }

  private async lookUp(keys: readonly string[], { batch, policy }: Work): Promise<StoredVectors> {
    if (keys.length === 0) return new Map();
    const found = await this.store.getMany(keys, readVector);
    const fresh = keys.flatMap((key, position) => {
      const stored = found[position];
      return isFresh(stored, policy) ? [[key, stored] as const] : [];
    });
    return batch.ofFirstModel(new Map(fresh));
  }

  /** Sends the request as it came, whatever is stored or running. */
  private async askForAll(work: Work): Promise<EmbeddingList> {
    const { batch, call } = work;
    const shared = SharedWork.start((signal) => this.ask(batch.keys, work, signal));
    const { list } = await joinWithin(shared, call.context);
    return list;
  }

  /** Asks a model for some of the items, and stores their vectors. */
  private async ask(
    keys: readonly string[],
    { batch, policy, call, ask }: Work,
    signal: AbortSignal,
  ): Promise<AnsweredItems> {
    const list = await ask(batch.requestFor(keys), sharedCall(call, signal));
    const vectors = batch.vectorsOf(keys, list);
    if (policy.writes) this.keep(vectors);
    return { list, vectors };
  }

  /** A vector that a provider has packed is not stored: a later request may ask for floats. */
  private keep(vectors: ReadonlyMap<string, Vector>): void {
    for (const [key, vector] of vectors) {
      if (Array.isArray(vector.embedding)) this.store.set(key, vector);
    }
  }
}

/** Whether this request pays for a call that another request made, because the client of that one has left. Records the tokens then. */
function paysFor({ record }: Call, { list, usage }: AnsweredItems & { usage: UpstreamUsage }): boolean {
  const isPaid = usage.isPaidBy(record);
  if (isPaid) addTokens(record, countedTokens(list.usage));
  return isPaid;
}
