import { randomUUID } from 'node:crypto';
import { tapGuarded, writtenLength } from '@mana-llm/llm-providers';
import type { ChatCompletion, ChatCompletionChunk, ChatCompletionRequest } from '@mana-llm/openai-api';
import { Injectable, Logger } from '@nestjs/common';
import { from, type MonoTypeOperatorFunction, type Observable } from 'rxjs';
import type { Call } from '../../call/call.js';
import { type CountedTokens, countedTokens, UpstreamUsage } from '../../call/call-record.js';
import { ageMsOf, AnswerStore, type Stored } from '../store/answer-store.js';
import { chatCacheKey } from '../cache-key.js';
import { type CachedCall, type CachePlan, CachePlanner, isFresh, notCachedError } from '../cache-plan.js';
import { jsonSize } from '../../sharing/shared-log.js';
import { type OpenedItems, sharedCall, SingleFlightGroup, StreamFlightGroup } from '../../sharing/single-flight.js';
import { CacheReporter } from '../cache-reporter.js';
import { freshIdentity, isStorable, readStoredCompletion, toChunks } from './stored-completion.js';
import { toCompletion } from './to-completion.js';

export type CachedChat = CachedCall<ChatCompletionRequest>;

/** Asks a model under a call: the caller's own call, or one that several callers share. */
export type Ask<T> = (call: Call) => Promise<T>;

interface ChatPlan extends CachePlan {
  key: string;
}

interface Answer {
  answer: ChatCompletion;
  stored?: Stored<ChatCompletion>;
  /** Of an answer that does not come from the store. */
  usage?: UpstreamUsage;
}

/** What all readers of a shared stream are told about it. */
interface StreamInfo {
  model: string;
  stored?: Stored<ChatCompletion>;
  /** Of a stream that does not come from the store. */
  usage?: UpstreamUsage;
}

/** Whether the caller wants the same answer to the same request: no randomness, or a seed for it. */
export function isReproducible({ temperature, seed }: Pick<ChatCompletionRequest, 'temperature' | 'seed'>): boolean {
  return temperature === 0 || (seed !== undefined && seed !== null);
}

/**
 * Requests with the same key share one answer. A request that may not read the cache shares with none. Requests that accept a stored
 * answer of different ages do not share, nor does a request of normal priority wait for one of low priority.
 */
function sharingKey({ policy: { reads, maxAgeSeconds, onlyIfCached }, key, isLowPriority }: ChatPlan): string {
  return reads ? `${key}:${maxAgeSeconds ?? ''}:${onlyIfCached}:${isLowPriority}` : randomUUID();
}

/** Gives stored chat answers again, and lets equal requests share one answer. One entry serves both forms, whole and streamed. */
@Injectable()
export class CompletionCache {
  private readonly logger = new Logger(CompletionCache.name);
  private readonly answers = new SingleFlightGroup<Answer>();
  private readonly streams = new StreamFlightGroup<ChatCompletionChunk, StreamInfo>(
    (chunk) => writtenLength(chunk) ?? jsonSize(chunk),
  );

  constructor(
    private readonly store: AnswerStore,
    private readonly planner: CachePlanner,
    private readonly reporter: CacheReporter,
  ) {}

  async complete(chat: CachedChat, ask: Ask<ChatCompletion>): Promise<ChatCompletion> {
    const { call } = chat;
    const plan = this.plan(chat);
    if (plan === undefined) return ask(call);
    // An answer in memory is given at once: no work is done for it that others could share.
    const remembered = plan.policy.reads ? this.store.remembered(plan.key, readStoredCompletion) : undefined;
    if (isFresh(remembered, plan.policy)) return this.giveAgain(call, remembered);
    const { value, isLeader } = await this.answers.join(sharingKey(plan), call.context, async (signal) => {
      const found = await this.find(plan, () => this.store.shared(plan.key, readStoredCompletion));
      if (found !== undefined) return { answer: found.value, stored: found };
      this.reporter.missed(call);
      const answer = await ask(sharedCall(call, signal));
      this.keep(plan, () => answer);
      return { answer, usage: new UpstreamUsage(call.record) };
    });
    const { answer, stored, usage } = value;
    if (stored !== undefined) return this.giveAgain(call, stored);
    this.reporter.answered('chat', call, { isLeader, model: answer.model });
    const tokens = isLeader ? undefined : countedTokens(answer.usage);
    if (tokens !== undefined && usage?.isSavedBy(call.record, tokens)) this.reporter.tokensSaved(answer.model, tokens);
    return answer;
  }

  async openStream(
    chat: CachedChat,
    ask: Ask<Observable<ChatCompletionChunk>>,
  ): Promise<Observable<ChatCompletionChunk>> {
    const { call } = chat;
    const plan = this.plan(chat);
    if (plan === undefined) return ask(call);
    let isStored = false;
    const { items$, info, isLeader } = await this.streams.join(sharingKey(plan), call.context, {
      open: async ({ signal, reader }) => {
        const found = await this.find(plan, () => this.store.get(plan.key, readStoredCompletion));
        if (found !== undefined) {
          isStored = true;
          return { items$: from(toChunks(found.value)), info: { model: found.value.model, stored: found } };
        }
        this.reporter.missed(call);
        return this.openNew(sharedCall(call, signal, reader), ask);
      },
      onComplete: (chunks) => {
        if (!isStored) this.keep(plan, () => toCompletion(chunks));
      },
    });
    const { model, stored, usage } = info;
    this.reporter.answered('chat', call, { isLeader, model, ageMs: stored && ageMsOf(stored) });
    if (stored !== undefined) this.reporter.saved(call, model, countedTokens(stored.value.usage));
    return isLeader || usage === undefined ? items$ : items$.pipe(this.savedTokens(call, model, usage));
  }

  /** Counts what a stream has saved for a request that did not open it. */
  private savedTokens(
    { record }: Call,
    model: string,
    usage: UpstreamUsage,
  ): MonoTypeOperatorFunction<ChatCompletionChunk> {
    let saved: CountedTokens | undefined;
    return tapGuarded({
      next: (chunk) => {
        if (!chunk.usage) return;
        const tokens = countedTokens(chunk.usage);
        saved = usage.isSavedBy(record, tokens) ? tokens : undefined;
      },
      finalize: () => {
        if (saved !== undefined) this.reporter.tokensSaved(model, saved);
      },
    });
  }

  private plan({ request, route, call }: CachedChat): ChatPlan | undefined {
    const plan = this.planner.plan('chat', call, { request, isReproducible: isReproducible(request) });
    if (plan === undefined) return undefined;
    return { ...plan, key: chatCacheKey({ request, route: route.names, scope: plan.scope }) };
  }

  /** A stored answer that is given again is a new one to its reader. */
  private giveAgain(call: Call, stored: Stored<ChatCompletion>): ChatCompletion {
    const { value } = stored;
    this.reporter.answered('chat', call, { isLeader: false, model: value.model, ageMs: ageMsOf(stored) });
    this.reporter.saved(call, value.model, countedTokens(value.usage));
    return { ...value, ...freshIdentity() };
  }

  /** Asks a model for a stream, and notes which model it is: the followers are told too. */
  private async openNew(
    call: Call,
    ask: Ask<Observable<ChatCompletionChunk>>,
  ): Promise<OpenedItems<ChatCompletionChunk, StreamInfo>> {
    const items$ = await ask(call);
    return { items$, info: { model: call.record.model ?? '', usage: new UpstreamUsage(call.record) } };
  }

  /** Throws where only the cache may answer, and no stored answer fits. */
  private async find(
    { policy }: ChatPlan,
    lookUp: () => Promise<Stored<ChatCompletion> | undefined>,
  ): Promise<Stored<ChatCompletion> | undefined> {
    const stored = policy.reads ? await lookUp() : undefined;
    if (isFresh(stored, policy)) return stored;
    if (policy.onlyIfCached) throw notCachedError();
    return undefined;
  }

  /** An error here is logged alone: an answer that cannot be stored is an answer all the same. */
  private keep({ policy, key }: ChatPlan, toAnswer: () => ChatCompletion | undefined): void {
    if (!policy.writes) return;
    try {
      const answer = toAnswer();
      if (answer !== undefined && isStorable(answer)) this.store.set(key, answer);
    } catch (error) {
      this.logger.error(error);
    }
  }
}
