import { randomUUID } from 'node:crypto';
import type { ChatCompletion, ChatCompletionChunk, ChatCompletionRequest } from '@mana-llm/openai-api';
import { Injectable, Logger } from '@nestjs/common';
import { from, type Observable } from 'rxjs';
import type { GatewayCall } from '../../call/gateway-call.js';
import { isLowPriority } from '../../call/is-low-priority.js';
import { ageMsOf } from '../age-ms-of.js';
import { AnswerStore, type Stored } from '../store/answer-store.js';
import { CacheGate } from '../cache-gate.js';
import { chatCacheKey } from '../cache-key.js';
import type { CachePolicy } from '../cache-policy.js';
import { CacheTeller } from '../cache-teller.js';
import type { CachedCall } from '../cached-call.js';
import { Flights } from '../../sharing/flights.js';
import { freshIdentity } from './fresh-identity.js';
import { isReproducible } from './is-reproducible.js';
import { isStorable } from './is-storable.js';
import { notCachedError } from '../not-cached-error.js';
import { readStoredCompletion } from './read-stored-completion.js';
import { toChunks } from './to-chunks.js';
import { toCompletion } from './to-completion.js';

/** Asks a model under a call: the caller's own, or one that several callers share. */
export type Ask<T> = (call: GatewayCall) => Promise<T>;

export interface CachedChat extends CachedCall {
  request: ChatCompletionRequest;
}

interface ToldStream {
  model: string;
  stored?: Stored<ChatCompletion>;
}

interface Plan {
  policy: CachePolicy;
  key: string;
  isLowPriority: boolean;
}

/**
 * Who only writes asks for itself; who bears no old answers shares none with those who do, and nobody waits in the place of one of
 * low priority.
 */
function flightKey({ policy: { reads, maxAgeSeconds, onlyIfCached }, key, isLowPriority }: Plan): string {
  return reads ? `${key}:${maxAgeSeconds ?? ''}:${onlyIfCached}:${isLowPriority}` : randomUUID();
}

function isFresh(
  stored: Stored<ChatCompletion> | undefined,
  { policy: { maxAgeSeconds = Infinity } }: Plan,
): stored is Stored<ChatCompletion> {
  return stored !== undefined && ageMsOf(stored) <= maxAgeSeconds * 1000;
}

/** Gives chat answers again, and lets equal requests share one. One entry serves both forms, whole and streamed. */
@Injectable()
export class CompletionCache {
  private readonly logger = new Logger(CompletionCache.name);
  private readonly flights = new Flights();

  constructor(
    private readonly store: AnswerStore,
    private readonly gate: CacheGate,
    private readonly teller: CacheTeller,
  ) {}

  async complete(chat: CachedChat, ask: Ask<ChatCompletion>): Promise<ChatCompletion> {
    const plan = this.plan(chat);
    if (plan === undefined) return ask(chat.call);
    // What memory has is nobody's work, and there is nothing to share.
    const remembered = plan.policy.reads ? this.store.remembered(plan.key, readStoredCompletion) : undefined;
    if (isFresh(remembered, plan)) return this.again(chat.call, remembered);
    const { value, isLeader } = await this.flights.join(flightKey(plan), chat.call, async (call) => {
      const found = await this.find(plan, () => this.store.shared(plan.key, readStoredCompletion));
      if (found !== undefined) return { answer: found.value, stored: found };
      this.teller.missing(chat.call);
      const answer = await ask(call);
      this.keep(plan, () => answer);
      return { answer, stored: undefined };
    });
    const { answer, stored } = value;
    if (stored !== undefined) return this.again(chat.call, stored);
    this.teller.answered('chat', chat.call, { isLeader, model: answer.model });
    return answer;
  }

  /** An answer that is given again is a new one to its reader. */
  private again(call: GatewayCall, stored: Stored<ChatCompletion>): ChatCompletion {
    const { value } = stored;
    this.teller.answered('chat', call, { isLeader: false, model: value.model, ageMs: ageMsOf(stored) });
    return { ...value, ...freshIdentity() };
  }

  async openStream(
    chat: CachedChat,
    ask: Ask<Observable<ChatCompletionChunk>>,
  ): Promise<Observable<ChatCompletionChunk>> {
    const plan = this.plan(chat);
    if (plan === undefined) return ask(chat.call);
    let isStored = false;
    const { chunks$, told, isLeader } = await this.flights.joinStream(flightKey(plan), chat.call, {
      open: async (call) => {
        const found = await this.find(plan, () => this.store.get(plan.key, readStoredCompletion));
        if (found === undefined) return this.openAnew(chat.call, call, ask);
        isStored = true;
        return {
          chunks$: from(toChunks(found.value)),
          told: { model: found.value.model, stored: found },
        };
      },
      onComplete: (chunks) => {
        if (!isStored) this.keep(plan, () => toCompletion(chunks));
      },
    });
    const { model, stored } = told;
    this.teller.answered('chat', chat.call, { isLeader, model, ageMs: stored && ageMsOf(stored) });
    return chunks$;
  }

  private async openAnew(
    own: GatewayCall,
    call: GatewayCall,
    ask: Ask<Observable<ChatCompletionChunk>>,
  ): Promise<{ chunks$: Observable<ChatCompletionChunk>; told: ToldStream }> {
    this.teller.missing(own);
    let model = '';
    const resolved = (name: string, attempts: number): void => {
      model = name;
      call.resolved(name, attempts);
    };
    const chunks$ = await ask({ ...call, resolved });
    return { chunks$, told: { model } };
  }

  private plan({ request, route, call }: CachedChat): Plan | undefined {
    const use = this.gate.open('chat', call, { request, isReproducible: isReproducible(request) });
    if (use === undefined) return undefined;
    const key = chatCacheKey({ request, route: route.names, scope: use.scope });
    return { policy: use.policy, key, isLowPriority: isLowPriority(call.headers) };
  }

  /** Throws where nothing but the cache may answer, and it cannot. */
  private async find(
    plan: Plan,
    lookUp: () => Promise<Stored<ChatCompletion> | undefined>,
  ): Promise<Stored<ChatCompletion> | undefined> {
    const stored = plan.policy.reads ? await lookUp() : undefined;
    if (isFresh(stored, plan)) return stored;
    if (plan.policy.onlyIfCached) throw notCachedError();
    return undefined;
  }

  /** An answer that cannot be kept is an answer all the same. */
  private keep({ policy, key }: Plan, toAnswer: () => ChatCompletion | undefined): void {
    if (!policy.writes) return;
    try {
      const answer = toAnswer();
      if (answer !== undefined && isStorable(answer)) this.store.set(key, answer);
    } catch (error) {
      this.logger.error(error);
    }
  }
}
