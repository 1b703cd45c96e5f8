import { UpstreamError, type UpstreamErrorKind } from '@mana-llm/llm-providers';
import { ApiError } from '@mana-llm/openai-api';
import { Logger } from '@nestjs/common';
import { finalize, of, Subject } from 'rxjs';
import { serverDrainingError } from '../../drain/drain-state.js';
import type { Call, SseData } from '../../call/call.js';
import type { CallRecord } from '../../call/call-record.js';
import { SecretRedactor } from '../../logging/secret-redactor.js';
import { eventStream } from './event-streams.js';
import { OPENAI_ERRORS } from './openai-errors.js';

const HELLO: SseData = { data: 'hello' };
/** Items of which there is no frame. */
const NOTHING = 'nothing';
const UNWRITABLE = 'unwritable';
const MAX_SILENCE_MS = 60_000;
const secrets = new SecretRedactor(['a-key-of-openai']);
const INTERNAL = {
  message: expect.stringContaining('Its log tells more'),
  type: 'server_error',
  code: 'internal_error',
};

describe(eventStream.name, () => {
  let items$: Subject<SseData>;
  let record: CallRecord;
  let client: AbortController;
  let ready: Promise<void> | undefined;
  let seen: unknown[];
  let logged: jest.SpyInstance;

  beforeEach(() => {
    jest.useFakeTimers();
    logged = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    items$ = new Subject();
    record = { requestId: 'r', method: 'POST', route: 'unmatched', startedAtMs: 0 };
    client = new AbortController();
    ready = undefined;
    seen = [];
  });

  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  const read = (source$ = items$.asObservable(), heartbeatMs = 0): { unsubscribe(): void } => {
    const call = { record, reader: { whenReady: () => ready }, context: { signal: client.signal } };
    const options = {
      toFrames: (item: SseData, send: (frame: SseData) => void) => {
        if (item.data === UNWRITABLE) throw new Error('oops');
        if (item.data !== NOTHING) send(item);
      },
      errors: OPENAI_ERRORS,
      maxSilenceMs: MAX_SILENCE_MS,
      heartbeatMs,
      secrets,
    };
    return eventStream(source$, call as unknown as Call, options).subscribe({
      next: (event) => {
        const text = 'data' in event ? event.data : 'comment' in event ? event.comment : event.text;
        seen.push(text.startsWith('{') ? (JSON.parse(text) as unknown) : text);
      },
      error: (error) => seen.push(error),
      complete: () => seen.push('complete'),
    });
  };

  const expectNothingLeft = (): void => {
    expect(items$.observed).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
  };

  it('quotes a provider without the configured secrets, and records no code that only the provider knows', () => {
    read();
    const callerMessage = 'The key a-key-of-openai is bad.';
    items$.error(UpstreamError.refused({ provider: 'openai', status: 400, code: 'the prompt', callerMessage }));
    expect(seen[0]).toMatchObject({ error: { message: 'The key [redacted] is bad.' } });
    expect(record.errorCode).toBe('invalid_request_error');
  });

  it('gives the frames of each item, and the end of a whole stream', () => {
    read();
    items$.next(HELLO);
    items$.next({ data: NOTHING });
    expect(record).not.toHaveProperty('end');
    items$.complete();
    expect(seen).toEqual(['hello', '[DONE]', 'complete']);
    expect(record.end).toBe('complete');
    expectNothingLeft();
  });

  it.each<[UpstreamErrorKind, string, string]>([
    ['stream_broken', 'upstream_error', 'stream_broken'],
    ['bad_response', 'upstream_error', 'bad_response'],
    ['timeout', 'timeout', 'idle_timeout'],
    ['refused', 'upstream_error', 'upstream_error'],
  ])('ends a stream that fails with %s in one error frame, and records it as %s', (kind, end, errorCode) => {
    read();
    items$.next(HELLO);
    items$.error(new UpstreamError('groq stopped.', { provider: 'groq', kind, phase: 'idle' }));
    expect(seen).toEqual(['hello', { error: expect.objectContaining({ message: 'groq stopped.' }) }, 'complete']);
    expect(record).toMatchObject({ end, errorCode });
    expect(logged).not.toHaveBeenCalled();
    expectNothingLeft();
  });

  it.each([
    ['idle', true, 250],
    ['idle', false, 0],
    ['total', true, 0],
  ] as const)('tells a timeout (%s, a limit of the client: %s) after %d ms', (phase, isCallersLimit, afterMs) => {
    read();
    items$.error(new UpstreamError('Silence.', { provider: 'openai', kind: 'timeout', phase, isCallersLimit }));
    if (afterMs > 0) {
      jest.advanceTimersByTime(afterMs - 1);
      expect(seen).toEqual([]);
      jest.advanceTimersByTime(1);
    }
    expect(seen).toEqual([{ error: expect.objectContaining({ code: `${phase}_timeout` }) }, 'complete']);
    expect(record.end).toBe('timeout');
    expectNothingLeft();
  });

  it('leaves nothing behind of a client whose own clock ends first', () => {
    const reading = read();
    const limits = { phase: 'idle', isCallersLimit: true } as const;
    items$.error(new UpstreamError('Silence.', { provider: 'openai', kind: 'timeout', ...limits }));
    reading.unsubscribe();
    expect(seen).toEqual([]);
    expect(record).not.toHaveProperty('end');
    expectNothingLeft();
  });

  it('tells a drain from a failure', () => {
    read();
    client.abort(serverDrainingError());
    items$.error(client.signal.reason);
    expect(seen).toEqual([{ error: expect.objectContaining({ code: 'server_draining' }) }, 'complete']);
    expect(record).toMatchObject({ end: 'drained', errorCode: 'server_draining' });
  });

  it.each([
    ['an error', new TypeError('a secret of the code')],
    ['a text', 'a secret'],
  ])('blames no provider for what nobody foresaw, logs it and keeps it from the client: %s', (_what, thrown) => {
    read();
    items$.error(thrown);
    expect(seen).toEqual([{ error: { ...INTERNAL, param: null } }, 'complete']);
    expect(record).toMatchObject({ end: 'gateway_error', errorCode: 'internal_error' });
    expect(logged).toHaveBeenCalledWith(expect.objectContaining({ message: expect.stringContaining('secret') }));
    expectNothingLeft();
  });

  it('says nothing to a client that has left, and nothing of it to the log', () => {
    read();
    client.abort(new DOMException('the client has left', 'AbortError'));
    items$.error(client.signal.reason);
    expect(seen).toEqual(['complete']);
    expect(record).not.toHaveProperty('end');
    expect(logged).not.toHaveBeenCalled();
    expectNothingLeft();
  });

  it('leaves the end of a stream that is left to those who see the connection', () => {
    read().unsubscribe();
    expect(record).not.toHaveProperty('end');
    expectNothingLeft();
  });

  it('ends all the same where the error cannot be told', () => {
    const mistake = new Error('another mistake');
    const untellable = Object.defineProperty(new ApiError(400, 'broken', { type: 'x' }), 'code', {
      get: () => {
        throw mistake;
      },
    });
    read();
    items$.error(untellable);
    expect(seen).toEqual([mistake]);
    expect(record.end).toBe('gateway_error');
    expectNothingLeft();
  });

  it('ends whole where the teardown of its source throws', () => {
    const throws = (): never => {
      throw new Error('oops');
    };
    read(of(HELLO).pipe(finalize(throws)));
    expect(seen).toEqual(['hello', '[DONE]', 'complete']);
    expect(record.end).toBe('complete');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('ends a stream that has lost its end: comments alone do not keep it', () => {
    read(items$, MAX_SILENCE_MS - 1);
    jest.advanceTimersByTime(MAX_SILENCE_MS - 2);
    items$.next(HELLO);
    jest.advanceTimersByTime(MAX_SILENCE_MS - 1);
    items$.next({ data: NOTHING });
    expect(seen).toEqual(['hello', 'ping']);
    jest.advanceTimersByTime(1);
    expect(seen).toEqual(['hello', 'ping', { error: expect.objectContaining(INTERNAL) }, 'complete']);
    expect(record.end).toBe('gateway_error');
    expect(logged).toHaveBeenCalledTimes(1);
    expectNothingLeft();
  });

  it('bears the silence of a client that does not read', () => {
    ready = new Promise(() => undefined);
    read();
    jest.advanceTimersByTime(3 * MAX_SILENCE_MS);
    expect(seen).toEqual([]);
    ready = undefined;
    jest.advanceTimersByTime(MAX_SILENCE_MS);
    expect(seen).toHaveLength(2);
  });

  it('fails, without its end and with no timer left, at an item of which no frame can be made', () => {
    read(items$, 1000);
    items$.next(HELLO);
    items$.next({ data: UNWRITABLE });
    expect(seen).toEqual(['hello', { error: expect.objectContaining(INTERNAL) }, 'complete']);
    expect(record.end).toBe('gateway_error');
    expectNothingLeft();
  });

  it('ends in the words of another surface', () => {
    const errors = {
      body: () => ({}),
      schema: { name: 'Oops', is: { type: 'object' } },
      lastFrames: ({ kind }: { kind: string }) => [{ event: 'error', data: kind }, { data: 'bye' }],
      streamEnd: [{ event: 'stop', data: '' }],
    };
    const call = { record, reader: { whenReady: () => ready }, context: { signal: client.signal } };
    const options = { toFrames: () => undefined, errors, maxSilenceMs: MAX_SILENCE_MS, heartbeatMs: 0, secrets };
    for (const end of [() => items$.complete(), () => items$.error(new ApiError(503, 'No.'))]) {
      items$ = new Subject();
      eventStream(items$, call as unknown as Call, options).subscribe((event) => seen.push(event));
      end();
    }
    expect(seen).toEqual([{ event: 'stop', data: '' }, { event: 'error', data: 'unavailable' }, { data: 'bye' }]);
  });

  describe('with heartbeats', () => {
    it('sends a comment whenever nothing was sent for so long', () => {
      read(items$, 1000);
      jest.advanceTimersByTime(999);
      expect(seen).toEqual([]);
      jest.advanceTimersByTime(1);
      expect(seen).toEqual(['ping']);
      jest.advanceTimersByTime(2000);
      expect(seen).toEqual(['ping', 'ping', 'ping']);
    });

    it('counts from the last frame', () => {
      read(items$, 1000);
      jest.advanceTimersByTime(900);
      items$.next(HELLO);
      jest.advanceTimersByTime(999);
      expect(seen).toEqual(['hello']);
      jest.advanceTimersByTime(1);
      expect(seen).toEqual(['hello', 'ping']);
    });

    it.each<[string, (subscription: { unsubscribe(): void }) => void, unknown[]]>([
      ['the stream completes', () => items$.complete(), ['[DONE]', 'complete']],
      [
        'the stream breaks',
        () => items$.error(new ApiError(400, 'broken')),
        [{ error: expect.anything() }, 'complete'],
      ],
      ['the reader leaves', (subscription) => subscription.unsubscribe(), []],
    ])('stops when %s', (_when, end, expected) => {
      end(read(items$, 1000));
      jest.advanceTimersByTime(5000);
      expect(seen).toEqual(expected);
      expectNothingLeft();
    });

    it('leaves no timer behind a stream that is over at once', () => {
      read(of(HELLO), 1000);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('is turned off by 0', () => {
      read(items$, 0);
      expect(jest.getTimerCount()).toBe(1);
    });
  });
});
