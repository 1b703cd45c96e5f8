import { gate } from '@mana-llm/llm-providers/testing';
import type { ChatCompletion, ChatCompletionRequest } from '@mana-llm/openai-api';
import { routedCall } from '../../../test/support/routing-parts.js';
import type { GatewayCall } from '../../call/gateway-call.js';
import type { AnswerStore, Stored } from '../store/answer-store.js';
import type { CacheGate } from '../cache-gate.js';
import type { CacheTeller } from '../cache-teller.js';
import { CompletionCache } from './completion-cache.js';

const REQUEST = {
  model: 'ollama/m',
  temperature: 0,
  messages: [{ role: 'user', content: 'Hello' }],
} as ChatCompletionRequest;
const ANSWER = { model: 'ollama/m', choices: [] } as unknown as ChatCompletion;

/** Who shares a call; what is stored and told stands in the end-to-end specs. */
describe(CompletionCache.name, () => {
  let asked: GatewayCall[];
  let answered: ReturnType<typeof gate>;
  let remembered: Stored<ChatCompletion> | undefined;
  let sut: CompletionCache;

  beforeEach(() => {
    asked = [];
    answered = gate();
    const policy = { reads: true, writes: false, onlyIfCached: false };
    remembered = undefined;
    const store = { remembered: () => remembered, shared: async () => undefined } as unknown as AnswerStore;
    const teller = { missing: () => undefined, answered: () => undefined } as unknown as CacheTeller;
    sut = new CompletionCache(store, { open: () => ({ policy, scope: undefined }) } as unknown as CacheGate, teller);
  });

  const complete = (headers: GatewayCall['headers'] = {}): Promise<ChatCompletion> => {
    const call = routedCall(new AbortController(), headers) as GatewayCall;
    const route = { candidates: [], names: ['ollama/m'] };
    return sut.complete({ request: REQUEST, route, call }, async (asking) => {
      asked.push(asking);
      await answered.opened;
      return ANSWER;
    });
  };
  const priorities = (): unknown[] => asked.map(({ headers }) => headers['x-mana-llm-priority'] ?? 'normal');

  it('asks once for callers who want the same at the same time', async () => {
    const both = [complete(), complete()];
    answered.open();
    expect(await Promise.all(both)).toEqual([ANSWER, ANSWER]);
    expect(priorities()).toEqual(['normal']);
  });

  it('has nobody wait in the place of one of low priority', async () => {
    const low = { 'x-mana-llm-priority': 'low' };
    const all = [complete(low), complete(low), complete()];
    answered.open();
    await Promise.all(all);
    expect(priorities()).toEqual(['low', 'normal']);
  });

  it('gives what memory has as a new answer, also while the same is being asked for', async () => {
    const running = complete();
    remembered = { value: { ...ANSWER, id: 'old', created: 1 }, storedAtMs: Date.now() };
    const again = await complete();
    expect(again).toMatchObject({ ...ANSWER, id: expect.stringMatching(/^chatcmpl-/), created: expect.any(Number) });
    expect(again.created).toBeGreaterThan(1);
    answered.open();
    expect(await running).toBe(ANSWER);
    expect(asked).toHaveLength(1);
  });
});
