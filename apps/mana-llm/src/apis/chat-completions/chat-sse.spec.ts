import { FAKE_USAGE, openAiChunk, openAiUsageChunk } from '@mana-llm/llm-providers/testing';
import type { ChatCompletionChunk } from '@mana-llm/openai-api';
import { lastValueFrom, type Observable, of, Subject, toArray } from 'rxjs';
import type { SseEvent } from '../../call/gateway-call.js';
import { toSseEvents } from './chat-sse.js';

const chunk = (fields: Parameters<typeof openAiChunk>[0]): ChatCompletionChunk =>
  openAiChunk(fields) as unknown as ChatCompletionChunk;

const HELLO = chunk({ delta: { role: 'assistant', content: 'Hello "you"\n🎈' } });
const FINISH = chunk({ finish_reason: 'stop' });
const USAGE = openAiUsageChunk() as unknown as ChatCompletionChunk;
const UNWRITABLE = { ...HELLO, seed: 1n } as ChatCompletionChunk;

const eventsOf = (chunks$: Observable<ChatCompletionChunk>, includeUsage = false): Promise<SseEvent[]> =>
  lastValueFrom(toSseEvents(chunks$, { includeUsage, heartbeatMs: 0 }).pipe(toArray()));

const dataOf = (event: SseEvent): unknown => {
  const text = (event as { data: string }).data;
  return text === '[DONE]' ? text : JSON.parse(text);
};

describe(toSseEvents.name, () => {
  it('makes an event of each chunk, JSON on one line, then [DONE]', async () => {
    const events = await eventsOf(of(HELLO, FINISH));
    expect(events.map(dataOf)).toEqual([HELLO, FINISH, '[DONE]']);
    for (const event of events) {
      expect(event).toEqual({ data: expect.not.stringMatching(/\n/) });
    }
  });

  it('tells no usage unasked', async () => {
    const events = await eventsOf(of(HELLO, FINISH, USAGE));
    expect(events.map(dataOf)).toEqual([HELLO, FINISH, '[DONE]']);
    expect(JSON.stringify(events)).not.toContain('usage');
  });

  it('with usage asked for says null on every frame but the last one', async () => {
    const events = await eventsOf(of(HELLO, FINISH, USAGE), true);
    expect(events.map(dataOf)).toEqual([
      { ...HELLO, usage: null },
      { ...FINISH, usage: null },
      { ...USAGE, choices: [], usage: FAKE_USAGE },
      '[DONE]',
    ]);
  });

  it.each([
    ['breaks off', (chunks$: Subject<ChatCompletionChunk>) => chunks$.error(new Error('broken')), 'broken'],
    [
      'has a chunk that cannot be written',
      (chunks$: Subject<ChatCompletionChunk>) => chunks$.next(UNWRITABLE),
      'BigInt',
    ],
  ])('fails, without [DONE] and with no timer left, where the stream %s', (_how, breakOff, message) => {
    jest.useFakeTimers();
    const chunks$ = new Subject<ChatCompletionChunk>();
    const seen: unknown[] = [];
    toSseEvents(chunks$, { includeUsage: false, heartbeatMs: 1000 }).subscribe({
      next: (event) => seen.push(dataOf(event)),
      error: (error: Error) => seen.push(error.message),
    });
    chunks$.next(HELLO);
    breakOff(chunks$);
    expect(seen).toEqual([HELLO, expect.stringContaining(message)]);
    expect(chunks$.observed).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it('stops the provider when its reader leaves', () => {
    const chunks$ = new Subject<ChatCompletionChunk>();
    const reading = toSseEvents(chunks$, { includeUsage: false, heartbeatMs: 1000 }).subscribe();
    expect(chunks$.observed).toBe(true);
    reading.unsubscribe();
    expect(chunks$.observed).toBe(false);
  });

  it('keeps the connection alive with comments between two chunks', () => {
    jest.useFakeTimers();
    const seen: SseEvent[] = [];
    const reading = toSseEvents(new Subject<ChatCompletionChunk>(), {
      includeUsage: false,
      heartbeatMs: 1000,
    }).subscribe((event) => seen.push(event));
    jest.advanceTimersByTime(2000);
    reading.unsubscribe();
    jest.useRealTimers();
    expect(seen).toEqual([{ comment: 'ping' }, { comment: 'ping' }]);
  });
});
