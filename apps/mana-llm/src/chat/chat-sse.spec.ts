import { UpstreamError } from '@mana-llm/llm-providers';
import { FAKE_USAGE, openAiChunk, openAiUsageChunk } from '@mana-llm/llm-providers/testing';
import type { ChatCompletionChunk } from '@mana-llm/openai-api';
import { Logger, type MessageEvent } from '@nestjs/common';
import { concat, lastValueFrom, type Observable, of, Subject, throwError, toArray } from 'rxjs';
import { SecretRedactor } from '../logging/secret-redactor.js';
import { toSseEvents } from './chat-sse.js';

const chunk = (fields: Parameters<typeof openAiChunk>[0]): ChatCompletionChunk =>
  openAiChunk(fields) as unknown as ChatCompletionChunk;

const HELLO = chunk({ delta: { role: 'assistant', content: 'Hello "you"\n🎈' } });
const FINISH = chunk({ finish_reason: 'stop' });
const USAGE = openAiUsageChunk() as unknown as ChatCompletionChunk;

const secrets = new SecretRedactor(['a-key-of-openai']);
const eventsOf = (chunks$: Observable<ChatCompletionChunk>, includeUsage = false): Promise<MessageEvent[]> =>
  lastValueFrom(toSseEvents(chunks$, { includeUsage, heartbeatMs: 0, secrets }).pipe(toArray()));

const dataOf = (event: MessageEvent | undefined): unknown => {
  const text = event?.data as string;
  return text === '[DONE]' ? text : JSON.parse(text);
};

describe(toSseEvents.name, () => {
  let logged: jest.SpyInstance;

  beforeEach(() => {
    logged = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  });

  afterEach(() => logged.mockRestore());

  it('makes an event of each chunk, JSON on one line and with an empty id, then [DONE]', async () => {
    const events = await eventsOf(of(HELLO, FINISH));
    expect(events.map(dataOf)).toEqual([HELLO, FINISH, '[DONE]']);
    for (const event of events) {
      expect(event).toEqual({ data: expect.any(String), id: '' });
      expect(event.data).not.toMatch(/\n/);
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

  it('ends a stream that breaks in one error frame and no [DONE]', async () => {
    const broken = new UpstreamError('openai stopped.', { provider: 'openai', kind: 'stream_broken' });
    const events = await eventsOf(
      concat(
        of(HELLO),
        throwError(() => broken),
      ),
      true,
    );
    expect(events.map(dataOf)).toEqual([
      { ...HELLO, usage: null },
      { error: { message: 'openai stopped.', type: 'upstream_error', param: null, code: 'stream_broken' } },
    ]);
    expect(events.at(-1)?.id).toBe('');
    expect(logged).not.toHaveBeenCalled();
  });

  it('quotes a provider without the configured secrets', async () => {
    const callerMessage = 'The key a-key-of-openai is bad.';
    const events = await eventsOf(
      throwError(() => UpstreamError.refused({ provider: 'openai', status: 400, callerMessage })),
    );
    expect(events.map(dataOf)).toMatchObject([{ error: { message: 'The key [redacted] is bad.' } }]);
  });

  it.each([
    ['an error', new TypeError('a secret of the code')],
    ['a text', 'a secret'],
  ])('logs what nobody foresaw (%s) and keeps it from the client', async (_what, thrown) => {
    const events = await eventsOf(throwError(() => thrown));
    expect(events.map(dataOf)).toEqual([
      {
        error: {
          message: expect.stringContaining('Its log tells more'),
          type: 'server_error',
          param: null,
          code: 'internal_error',
        },
      },
    ]);
    expect(JSON.stringify(events)).not.toContain('secret');
    expect(logged).toHaveBeenCalledWith(expect.objectContaining({ message: expect.stringContaining('secret') }));
  });

  it('ends in an error frame when a chunk cannot be written', async () => {
    const events = await eventsOf(of({ ...HELLO, seed: 1n }));
    expect(events.map(dataOf)).toEqual([{ error: expect.objectContaining({ code: 'internal_error' }) }]);
  });

  it('stops the provider when its reader leaves', () => {
    const chunks$ = new Subject<ChatCompletionChunk>();
    const reading = toSseEvents(chunks$, { includeUsage: false, heartbeatMs: 1000, secrets }).subscribe();
    expect(chunks$.observed).toBe(true);
    reading.unsubscribe();
    expect(chunks$.observed).toBe(false);
  });

  it('keeps the connection alive with comments between two chunks', () => {
    jest.useFakeTimers();
    const seen: MessageEvent[] = [];
    const reading = toSseEvents(new Subject<ChatCompletionChunk>(), {
      includeUsage: false,
      heartbeatMs: 1000,
      secrets,
    }).subscribe((event) => seen.push(event));
    jest.advanceTimersByTime(2000);
    reading.unsubscribe();
    jest.useRealTimers();
    expect(seen).toEqual([{ comment: 'ping' }, { comment: 'ping' }]);
  });
});
