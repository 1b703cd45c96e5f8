import { gate } from '@mana-llm/llm-providers/testing';
import type { ChatCompletion, ChatCompletionRequest } from '@mana-llm/openai-api';
import { routedCall } from '../../test/support/routing-parts.js';
import type { GatewayCall } from '../http/gateway-call.js';
import type { AnswerStore } from './answer-store.js';
import type { CacheGate } from './cache-gate.js';
import type { CacheTeller } from './cache-teller.js';
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
  let sut: CompletionCache;

  beforeEach(() => {
    asked = [];
    answered = gate();
    const policy = { reads: true, writes: false, onlyIfCached: false };
    const store = { get: async () => undefined } as unknown as AnswerStore;
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
});
