import type { IncomingHttpHeaders } from 'node:http';
import { latch, openAiChunk } from '@mana-llm/llm-providers/testing';
import type { ChatCompletion, ChatCompletionChunk, ChatCompletionRequest } from '@mana-llm/openai-api';
import { lastValueFrom, Subject, tap, toArray } from 'rxjs';
import { recordTokens } from '../../call/call-record.js';
import { routedCall } from '../../../test/support/routing-parts.js';
import type { Call } from '../../call/call.js';
import type { AnswerStore, Stored } from '../store/answer-store.js';
import type { CachePlanner } from '../cache-plan.js';
import { CacheReporter } from '../cache-reporter.js';
import type { GatewayMetrics } from '../../metrics/gateway-metrics.js';
import { CompletionCache, isReproducible } from './completion-cache.js';

const REQUEST = {
  model: 'ollama/m',
  temperature: 0,
  messages: [{ role: 'user', content: 'Hello' }],
} as ChatCompletionRequest;
const USAGE = { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 };
const ANSWER = { model: 'ollama/m', choices: [], usage: USAGE } as unknown as ChatCompletion;
const HELLO = openAiChunk({ delta: { content: 'Hello' } }) as unknown as ChatCompletionChunk;
const LAST = { ...HELLO, choices: [], usage: USAGE };

/** Which requests share a call. The end-to-end specs show what is stored and reported. */
describe(CompletionCache.name, () => {
  let asked: Call[];
  let answered: ReturnType<typeof latch>;
  let remembered: Stored<ChatCompletion> | undefined;
  let tokensSaved: jest.Mock;
  let sut: CompletionCache;

  beforeEach(() => {
    asked = [];
    answered = latch();
    const policy = { reads: true, writes: false, onlyIfCached: false };
    remembered = undefined;
    const store = {
      remembered: () => remembered,
      shared: async () => undefined,
      get: async () => remembered,
    } as unknown as AnswerStore;
    tokensSaved = jest.fn();
    const metrics = { cacheAnswered: () => undefined, tokensSaved } as unknown as GatewayMetrics;
    const planner = {
      plan: (_kind: unknown, { wishes }: Call) => ({
        policy,
        scope: undefined,
        isLowPriority: wishes.isLowPriority,
      }),
    };
    sut = new CompletionCache(store, planner as unknown as CachePlanner, new CacheReporter(metrics));
  });

  const complete = (headers: IncomingHttpHeaders = {}): Promise<ChatCompletion> => {
    const call = routedCall(new AbortController(), headers);
    const route = { candidates: [], names: ['ollama/m'] };
    return sut.complete({ request: REQUEST, route, call }, async (asking) => {
      asked.push(asking);
      await answered.opened;
      return ANSWER;
    });
  };
  const priorities = (): unknown[] => asked.map(({ wishes }) => (wishes.isLowPriority ? 'low' : 'normal'));

  it('asks once for equal requests at the same time', async () => {
    const both = [complete(), complete()];
    answered.open();
    expect(await Promise.all(both)).toEqual([ANSWER, ANSWER]);
    expect(priorities()).toEqual(['normal']);
  });

  it('lets no request of normal priority wait for one of low priority', async () => {
    const low = { 'x-mana-llm-priority': 'low' };
    const all = [complete(low), complete(low), complete()];
    answered.open();
    await Promise.all(all);
    expect(priorities()).toEqual(['low', 'normal']);
  });

  it('gives an answer in memory as a new one, also while a model is asked for the same', async () => {
    const running = complete();
    remembered = { value: { ...ANSWER, id: 'old', created: 1 }, storedAtMs: Date.now() };
    const again = await complete();
    expect(again).toMatchObject({ ...ANSWER, id: expect.stringMatching(/^chatcmpl-/), created: expect.any(Number) });
    expect(again.created).toBeGreaterThan(1);
    answered.open();
    expect(await running).toBe(ANSWER);
    expect(asked).toHaveLength(1);
  });

  describe('the tokens of an answer', () => {
    const SAVED = { savedPromptTokens: 7, savedCompletionTokens: 5 };
    const LABELS = { provider: 'ollama', model: 'm', promptTokens: 7, completionTokens: 5 };
    const route = { candidates: [], names: ['ollama/m'] };
    let upstream$: Subject<ChatCompletionChunk>;
    let controllers: AbortController[];
    let calls: Call[];

    beforeEach(() => {
      upstream$ = new Subject();
      controllers = [new AbortController(), new AbortController()];
      calls = controllers.map((controller) => routedCall(controller));
    });

    const tokensOf = (): object[] =>
      calls.map(({ record }) =>
        Object.fromEntries(Object.entries(record).filter(([field]) => field.endsWith('Tokens'))),
      );
    /** Counts as routing does, for the request that has made the call. */
    const count = ({ record }: Call): void =>
      recordTokens(record, { promptTokens: USAGE.prompt_tokens, completionTokens: USAGE.completion_tokens });
    const ask = async (asking: Call): Promise<ChatCompletion> => {
      await answered.opened;
      count(asking);
      return ANSWER;
    };
    const buffered = (call: Call): Promise<ChatCompletion> => sut.complete({ request: REQUEST, route, call }, ask);
    const streamed = async (call: Call): Promise<unknown[]> => {
      const chunks$ = await sut.openStream({ request: REQUEST, route, call }, async (asking) => {
        asking.record.model = 'ollama/m';
        return upstream$.pipe(tap(({ usage }) => usage && count(asking)));
      });
      return lastValueFrom(chunks$.pipe(toArray()));
    };
    /** Its log line is written, and its signal is aborted. */
    const leave = (index: number): void => {
      const { record } = calls[index] ?? {};
      if (record !== undefined) record.status = 499;
      controllers[index]?.abort(new Error('the client has left'));
    };
    const turn = (): Promise<void> => new Promise(setImmediate);

    it.each(['buffered', 'streamed'] as const)('are saved by a hit, %s', async (form) => {
      remembered = { value: ANSWER, storedAtMs: Date.now() };
      calls.length = 1;
      const [call] = calls;
      if (call !== undefined) await (form === 'buffered' ? buffered(call) : streamed(call));
      expect(tokensOf()).toEqual([SAVED]);
      expect(tokensSaved.mock.calls).toEqual([[LABELS]]);
    });

    it('are those of the first of two callers and saved by the other one, buffered', async () => {
      const both = calls.map(buffered);
      answered.open();
      await Promise.all(both);
      expect(tokensOf()).toEqual([{ promptTokens: 7, completionTokens: 5 }, SAVED]);
      expect(tokensSaved.mock.calls).toEqual([[LABELS]]);
    });

    it('are those of the first of two callers and saved by the other one, streamed', async () => {
      const both = calls.map(streamed);
      await turn();
      for (const chunk of [HELLO, LAST]) upstream$.next(chunk);
      upstream$.complete();
      expect(await Promise.all(both)).toEqual([
        [HELLO, LAST],
        [HELLO, LAST],
      ]);
      expect(tokensOf()).toEqual([{ promptTokens: 7, completionTokens: 5 }, SAVED]);
      expect(tokensSaved.mock.calls).toEqual([[LABELS]]);
    });

    it('are those of the second caller where the first one has left, buffered', async () => {
      const [first, second] = calls.map(buffered);
      leave(0);
      await expect(first).rejects.toThrow('the client has left');
      answered.open();
      await second;
      expect(tokensOf()).toEqual([{}, { promptTokens: 7, completionTokens: 5 }]);
      expect(tokensSaved).not.toHaveBeenCalled();
    });

    it('are those of the second caller where the first one has left, streamed', async () => {
      const [first, second] = calls.map(streamed);
      first?.catch(() => undefined);
      await turn();
      upstream$.next(HELLO);
      leave(0);
      upstream$.next(LAST);
      upstream$.complete();
      await second;
      expect(tokensOf()).toEqual([{}, { promptTokens: 7, completionTokens: 5 }]);
      expect(tokensSaved).not.toHaveBeenCalled();
    });
  });
});

describe(isReproducible.name, () => {
  it.each<[Parameters<typeof isReproducible>[0], boolean]>([
    [{ temperature: 0 }, true],
    [{ seed: 0 }, true],
    [{ temperature: 1, seed: 7 }, true],
    [{}, false],
    [{ temperature: 0.1 }, false],
    [{ temperature: null, seed: null }, false],
  ])('says of %j: %s', (request, expected) => {
    expect(isReproducible(request)).toBe(expected);
  });
});
