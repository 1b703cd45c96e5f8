import { UpstreamError } from '@mana-llm/llm-providers';
import { ApiError, type EmbeddingList, type EmbeddingRequest } from '@mana-llm/openai-api';
import { canAnotherHelp, isBeyondModel } from '../../routing/attempts/can-another-help.js';
import { ageMsOf } from '../age-ms-of.js';
import type { AnswerStore } from '../store/answer-store.js';
import type { KeyedRequest } from '../cache-key.js';
import type { CachePolicy } from '../cache-policy.js';
import { EmbeddingBatch, vectorsOf } from './embedding-batch.js';
import { EmbeddingFlights, type LandedCall } from './embedding-flights.js';
import { Flight } from '../../sharing/flight.js';
import { notCachedError } from '../not-cached-error.js';
import type { WaitingReader } from '../../sharing/reader-watch.js';
import { readVector, type StoredVectors, vectorsOfOneModel } from '../store/stored-vectors.js';

export interface AskedEmbeddings extends KeyedRequest<EmbeddingRequest>, WaitingReader {
  policy: CachePolicy;
}

export interface CachedEmbeddings {
  list: EmbeddingList;
  result: 'hit' | 'miss' | 'coalesced' | 'bypass';
  /** Of a hit, the age of its oldest vector. */
  ageSeconds?: number;
}

/** Sends a request upstream. Several callers may wait for it: each of them keeps its own limits, and the call has none of theirs. */
export type AskUpstream = (request: EmbeddingRequest, signal: AbortSignal) => Promise<EmbeddingList>;

interface Work {
  asked: AskedEmbeddings;
  batch: EmbeddingBatch;
  ask: AskUpstream;
}

/** What was found and what was asked for, by others before us and by us. */
interface Found {
  stored: StoredVectors;
  joined: LandedCall[];
  own?: LandedCall;
}

const NOTHING_ASKED: EmbeddingList['usage'] = { prompt_tokens: 0, total_tokens: 0 };

/** An error that speaks of what was asked, and not of who was asked. */
function isRefusal(error: unknown): boolean {
  if (isBeyondModel(error)) return true;
  if (canAnotherHelp(error)) return false;
  return error instanceof ApiError ? error.status < 500 : error instanceof UpstreamError && error.kind === 'refused';
}

function addUsage(one: EmbeddingList['usage'], other: EmbeddingList['usage']): EmbeddingList['usage'] {
  const prompt_tokens = one.prompt_tokens + other.prompt_tokens;
  return { ...one, prompt_tokens, total_tokens: one.total_tokens + other.total_tokens };
}

/** Embeddings item by item: only those that are neither stored nor being asked for go upstream. */
export class EmbeddingCache {
  private readonly flights = new EmbeddingFlights();

  constructor(private readonly store: Pick<AnswerStore, 'getMany' | 'set'>) {}

  async embed(asked: AskedEmbeddings, ask: AskUpstream): Promise<CachedEmbeddings> {
    const { reads, writes, onlyIfCached } = asked.policy;
    if (onlyIfCached && !reads) throw notCachedError();
    if (!reads) return { list: await this.askAlone(asked, ask), result: writes ? 'miss' : 'bypass' };
    const work = { asked, batch: new EmbeddingBatch(asked), ask };
    const found = await this.find(work);
    const calls = found.own === undefined ? found.joined : [...found.joined, found.own];
    const failed = calls.find((call) => 'error' in call);
    // What was refused may be another caller's text, and the text that the error names stands elsewhere in this batch.
    if (failed !== undefined && (!isRefusal(failed.error) || work.batch.isWhole(failed.keys))) throw failed.error;
    return this.answer(work, found, calls);
  }

  private async find(work: Work): Promise<Found> {
    const { asked, batch } = work;
    const keys = batch.uniqueKeys;
    if (asked.policy.onlyIfCached) {
      const stored = await this.lookUp(keys, asked);
      if (stored.size < keys.length) throw notCachedError();
      return { stored, joined: [] };
    }
    // Joined before the store is read: a call that ends meanwhile would be neither stored nor under way for us.
    const early = this.flights.join(keys, asked);
    const stored = await this.lookUp(
      keys.filter((key) => !early.flying.has(key)),
      asked,
    );
    asked.signal.throwIfAborted();
    const missing = keys.filter((key) => !early.flying.has(key) && !stored.has(key));
    const late = this.flights.join(missing, asked);
    const unasked = missing.filter((key) => !late.flying.has(key));
    const own = unasked.length === 0 ? undefined : this.start(unasked, work);
    const joined = await Promise.all([...early.landings, ...late.landings]);
    return { stored, joined, ...(own === undefined ? {} : { own: await own }) };
  }

  /** Vectors of one model never stand beside another's, which a chain that fell back would bring about: then all are asked anew. */
  private async answer(
    { asked, batch, ask }: Work,
    { stored, own }: Found,
    calls: LandedCall[],
  ): Promise<CachedEmbeddings> {
    const usage = own !== undefined && 'list' in own ? own.list.usage : NOTHING_ASKED;
    const result = own !== undefined ? 'miss' : calls.length > 0 ? 'coalesced' : 'hit';
    const vectors = new Map([...stored].map(([key, { value }]) => [key, value]));
    for (const call of calls) {
      if (!('list' in call)) continue;
      if (batch.isWhole(call.keys)) return { list: { ...call.list, usage }, result };
      for (const [key, vector] of vectorsOf(call.keys, call.list)) vectors.set(key, vector);
    }
    const list = batch.assemble(vectors, usage);
    if (list === undefined) {
      const whole = await this.askAlone(asked, ask);
      return { list: { ...whole, usage: addUsage(whole.usage, usage) }, result: 'miss' };
    }
    if (result !== 'hit') return { list, result };
    return { list, result, ageSeconds: Math.floor(Math.max(...[...stored.values()].map(ageMsOf)) / 1000) };
  }

  private async lookUp(keys: readonly string[], { route, policy }: AskedEmbeddings): Promise<StoredVectors> {
    if (keys.length === 0) return new Map();
    const maxAgeMs = (policy.maxAgeSeconds ?? Infinity) * 1000;
    const found = await this.store.getMany(keys, readVector);
    const fresh = keys.flatMap((key, position) => {
      const stored = found[position];
      return stored === undefined || ageMsOf(stored) > maxAgeMs ? [] : [[key, stored] as const];
    });
    return vectorsOfOneModel(new Map(fresh), route);
  }

  private start(keys: readonly string[], { asked, batch, ask }: Work): Promise<LandedCall> {
    return this.flights.start(keys, asked, async (signal) => {
      const list = await ask(batch.requestFor(keys), signal);
      if (asked.policy.writes) this.keep(keys, list);
      return list;
    });
  }

  /** The request as it came, whatever is stored or under way. */
  private askAlone(asked: AskedEmbeddings, ask: AskUpstream): Promise<EmbeddingList> {
    const flight = Flight.start(async (signal) => {
      const list = await ask(asked.request, signal);
      if (asked.policy.writes) this.keep(new EmbeddingBatch(asked).keys, list);
      return list;
    });
    return flight.join(asked);
  }

  /** A vector that a provider packed is not kept: those who ask later may want floats. */
  private keep(keys: readonly string[], list: EmbeddingList): void {
    for (const [key, vector] of vectorsOf(keys, list)) {
      if (Array.isArray(vector.embedding)) this.store.set(key, vector);
    }
  }
}
