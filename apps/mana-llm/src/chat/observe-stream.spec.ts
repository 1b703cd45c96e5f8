import { UpstreamError } from '@mana-llm/llm-providers';
import { openAiChunk, openAiUsageChunk } from '@mana-llm/llm-providers/testing';
import type { ChatCompletionChunk } from '@mana-llm/openai-api';
import { Subject } from 'rxjs';
import { serverDrainingError } from '../drain/server-draining-error.js';
import type { RequestRecord } from '../logging/request-record.js';
import { observeStream } from './observe-stream.js';

const HELLO = openAiChunk({ delta: { content: 'Hello' } }) as unknown as ChatCompletionChunk;
const USAGE = openAiUsageChunk() as unknown as ChatCompletionChunk;

describe(observeStream.name, () => {
  let chunks$: Subject<ChatCompletionChunk>;
  let record: RequestRecord;
  let streamEnded: jest.Mock;
  let seen: unknown[];

  beforeEach(() => {
    chunks$ = new Subject();
    record = { requestId: 'r', method: 'POST', route: 'unmatched', startedAtMs: 0 };
    streamEnded = jest.fn();
    seen = [];
  });

  const observe = (): { unsubscribe(): void } =>
    observeStream(chunks$, record, { streamEnded }).subscribe({
      next: (chunk) => seen.push(chunk),
      error: (error) => seen.push(error),
      complete: () => seen.push('complete'),
    });

  const expectOneEnd = (end: string): void => {
    expect(record.end).toBe(end);
    expect(streamEnded.mock.calls).toEqual([[{ end }]]);
  };

  it('changes nothing and counts nothing on the way', () => {
    observe();
    chunks$.next(HELLO);
    expect(seen).toEqual([HELLO]);
    expect(seen[0]).toBe(HELLO);
    expect(streamEnded).not.toHaveBeenCalled();
    expect(record).not.toHaveProperty('end');
  });

  it('records the tokens of a whole stream', () => {
    observe();
    chunks$.next(HELLO);
    chunks$.next(USAGE);
    chunks$.complete();
    expect(seen).toEqual([HELLO, USAGE, 'complete']);
    expectOneEnd('complete');
    expect(record).toMatchObject({ promptTokens: 7, completionTokens: 5 });
  });

  it('records no tokens that were not told', () => {
    observe();
    chunks$.next({ ...HELLO, usage: null });
    chunks$.complete();
    expectOneEnd('complete');
    expect(record).not.toHaveProperty('promptTokens');
  });

  it.each([
    ['stream_broken', 'upstream_error', 'stream_broken'],
    ['bad_response', 'upstream_error', 'bad_response'],
    ['timeout', 'timeout', 'idle_timeout'],
    ['refused', 'upstream_error', 'upstream_error'],
  ] as const)('counts a stream that ends in %s as %s', (kind, end, errorCode) => {
    const error = new UpstreamError('No.', { provider: 'groq', kind, phase: 'idle' });
    observe();
    chunks$.next(HELLO);
    chunks$.error(error);
    expect(seen).toEqual([HELLO, error]);
    expectOneEnd(end);
    expect(record.errorCode).toBe(errorCode);
  });

  it('records no code that only the provider knows', () => {
    observe();
    chunks$.error(UpstreamError.refused({ provider: 'groq', status: 400, code: 'the prompt' }));
    expect(record.errorCode).toBe('invalid_request_error');
  });

  it('counts a bug as one', () => {
    observe();
    chunks$.error(new TypeError('oops'));
    expectOneEnd('upstream_error');
    expect(record.errorCode).toBe('internal_error');
  });

  it('tells a drain from a failure', () => {
    observe();
    chunks$.error(serverDrainingError());
    expectOneEnd('drained');
    expect(record.errorCode).toBe('server_draining');
  });

  it('takes a reader that unsubscribes for a client that left, with the tokens told so far', () => {
    const reading = observe();
    chunks$.next(USAGE);
    reading.unsubscribe();
    expectOneEnd('client_closed');
    expect(record).toMatchObject({ promptTokens: 7, completionTokens: 5 });
    expect(record).not.toHaveProperty('errorCode');
    expect(chunks$.observed).toBe(false);
  });

  it('ends once', () => {
    const reading = observe();
    chunks$.complete();
    reading.unsubscribe();
    expectOneEnd('complete');
  });
});
