import type { CallContext } from '@mana-llm/llm-providers';
import type { Latch } from '@mana-llm/llm-providers/testing';
import type { EmbeddingList, EmbeddingRequest } from '@mana-llm/openai-api';
import type { EmbeddingItem } from '../../src/cache/cache-key.js';
import type { CachePlan, CachePlanner, CachePolicy } from '../../src/cache/cache-plan.js';
import { CacheReporter } from '../../src/cache/cache-reporter.js';
import { EmbeddingCache } from '../../src/cache/embeddings/embedding-cache.js';
import type { AnswerStore, Stored } from '../../src/cache/store/answer-store.js';
import type { Call } from '../../src/call/call.js';
import { addTokens, type CallRecord, countedTokens } from '../../src/call/call-record.js';
import type { GatewayMetrics } from '../../src/metrics/gateway-metrics.js';
import { routedCall } from './routing-parts.js';

export const A = 'ollama/a';
export const B = 'groq/b';
export const ALL: CachePolicy = { reads: true, writes: true, onlyIfCached: false };
export const NOW_MS = Date.UTC(2026, 0, 1);

interface Asked extends Partial<Pick<CallContext, 'signal' | 'limits'>> {
  record?: CallRecord;
  request?: EmbeddingRequest;
  policy?: CachePolicy;
  scope?: string;
}

interface Answer {
  list: EmbeddingList;
  /** As the headers tell it. */
  result: string | undefined;
  ageSeconds?: number;
}

/** Keeps JSON text, as the real one does. */
class FakeStore {
  readonly entries = new Map<string, { text: string; storedAtMs: number }>();

  async getMany<T>(
    keys: readonly string[],
    read: (json: unknown) => T | undefined,
  ): Promise<(Stored<T> | undefined)[]> {
    return keys.map((key) => {
      const entry = this.entries.get(key);
      const value = entry === undefined ? undefined : read(JSON.parse(entry.text));
      return entry === undefined || value === undefined ? undefined : { value, storedAtMs: entry.storedAtMs };
    });
  }

  set(key: string, value: unknown): void {
    this.entries.set(key, { text: JSON.stringify(value), storedAtMs: Date.now() });
  }

  /** Puts the same entry in the place of all. */
  fill(value: unknown): void {
    for (const key of this.entries.keys()) this.set(key, value);
  }
}

const itemsOf = (input: EmbeddingRequest['input']): EmbeddingItem[] =>
  typeof input === 'string' || typeof input[0] === 'number' ? [input as EmbeddingItem] : (input as EmbeddingItem[]);

/** Unlike another item's or another model's. */
const vectorOf = (item: EmbeddingItem, model = A): number[] => [
  model === A ? 1 : 2,
  ...[...JSON.stringify(item)].map((letter) => letter.charCodeAt(0)),
];

/** An embedding cache before a model that the test plays. */
export class EmbeddingScene {
  readonly store = new FakeStore();
  readonly sent: EmbeddingRequest[] = [];
  readonly signals: AbortSignal[] = [];
  /** The model that answers now. */
  model = A;
  /** The next answers; without them the model answers all items. */
  readonly answers: ((request: EmbeddingRequest) => Promise<EmbeddingList>)[] = [];
  readonly tokensSaved = jest.fn();
  private plan: CachePlan | undefined;
  private readonly cache = new EmbeddingCache(
    this.store as unknown as AnswerStore,
    { plan: () => this.plan } as unknown as CachePlanner,
    new CacheReporter({
      cacheAnswered: () => undefined,
      tokensSaved: this.tokensSaved,
    } as unknown as GatewayMetrics),
  );

  async embed(
    input: EmbeddingRequest['input'],
    {
      request = { input },
      policy = ALL,
      scope,
      signal = new AbortController().signal,
      limits = {},
      record,
    }: Asked = {},
  ): Promise<Answer> {
    const headers = new Map<string, string>();
    const routed = routedCall();
    const call = {
      ...routed,
      record: record ?? routed.record,
      context: { signal, limits, requestId: 'r' },
      setHeader: (name: string, value: string) => headers.set(name, value),
    } as unknown as Call;
    this.plan = policy.reads || policy.writes ? { policy, scope, isLowPriority: false } : undefined;
    const route = { candidates: [], names: [A, B] };
    const list = await this.cache.embed({ request, route, call }, async (asked, asking) => {
      this.sent.push(asked);
      this.signals.push(asking.context.signal);
      const answered = await (this.answers.shift() ?? (async () => this.answer(asked)))(asked);
      addTokens(asking.record, countedTokens(answered.usage));
      return answered;
    });
    const age = headers.get('age');
    const result = headers.get('x-mana-llm-cache');
    return { list, result, ...(age === undefined ? {} : { ageSeconds: Number(age) }) };
  }

  answer(request: EmbeddingRequest): EmbeddingList {
    const items = itemsOf(request.input);
    const data = items.map((item, index) => ({
      object: 'embedding' as const,
      index,
      embedding: vectorOf(item, this.model),
    }));
    const { model } = this;
    return { object: 'list', data, model, usage: { prompt_tokens: items.length, total_tokens: items.length } };
  }

  whenOpened(
    { opened }: Latch,
    last = (request: EmbeddingRequest): EmbeddingList => this.answer(request),
  ): (request: EmbeddingRequest) => Promise<EmbeddingList> {
    return async (request) => {
      await opened;
      return last(request);
    };
  }
}

/** Until everything that can go on without a latch has done so. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function expectVectors(list: EmbeddingList, items: EmbeddingItem[], from = A): void {
  expect(list.data).toEqual(
    items.map((item, index) => ({ object: 'embedding', index, embedding: vectorOf(item, from) })),
  );
  expect(list.model).toBe(from);
}

/** Fakes the clock, for the ages of vectors and for the limits of callers. */
export function useEmbeddingClock(): void {
  beforeEach(() => {
    jest.useFakeTimers({ now: NOW_MS, doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  });
  afterEach(() => jest.useRealTimers());
}
