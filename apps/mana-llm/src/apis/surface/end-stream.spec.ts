import { UpstreamError, type UpstreamErrorKind } from '@mana-llm/llm-providers';
import { ApiError } from '@mana-llm/openai-api';
import { Logger } from '@nestjs/common';
import { finalize, of, Subject } from 'rxjs';
import { serverDrainingError } from '../../drain/server-draining-error.js';
import type { SseEvent } from '../../call/gateway-call.js';
import type { GatewayCall } from '../../call/gateway-call.js';
import type { RequestRecord } from '../../call/request-record.js';
import { SecretRedactor } from '../../logging/secret-redactor.js';
import { endStream } from './end-stream.js';

const HELLO: SseEvent = { data: 'hello' };
const PING: SseEvent = { comment: 'ping' };
const MAX_SILENCE_MS = 60_000;
const secrets = new SecretRedactor(['a-key-of-openai']);
const INTERNAL = {
  message: expect.stringContaining('Its log tells more'),
  type: 'server_error',
  code: 'internal_error',
};

describe(endStream.name, () => {
  let events$: Subject<SseEvent>;
  let record: RequestRecord;
  let client: AbortController;
  let ready: Promise<void> | undefined;
  let seen: unknown[];
  let logged: jest.SpyInstance;

  beforeEach(() => {
    jest.useFakeTimers();
    logged = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    events$ = new Subject();
    record = { requestId: 'r', method: 'POST', route: 'unmatched', startedAtMs: 0 };
    client = new AbortController();
    ready = undefined;
    seen = [];
  });

  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  const read = (source$ = events$.asObservable()): { unsubscribe(): void } => {
    const call = { record, reader: { whenReady: () => ready }, context: { signal: client.signal } };
    return endStream(source$, call as unknown as GatewayCall, { maxSilenceMs: MAX_SILENCE_MS, secrets }).subscribe({
      next: (event) => {
        const text = 'data' in event ? event.data : event.comment;
        seen.push(text.startsWith('{') ? (JSON.parse(text) as unknown) : text);
      },
      error: (error) => seen.push(error),
      complete: () => seen.push('complete'),
    });
  };

  const expectNothingLeft = (): void => {
    expect(events$.observed).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
  };

  it('quotes a provider without the configured secrets, and records no code that only the provider knows', () => {
    read();
    const callerMessage = 'The key a-key-of-openai is bad.';
    events$.error(UpstreamError.refused({ provider: 'openai', status: 400, code: 'the prompt', callerMessage }));
    expect(seen[0]).toMatchObject({ error: { message: 'The key [redacted] is bad.' } });
    expect(record.errorCode).toBe('invalid_request_error');
  });

  it('changes nothing on the way to a whole end', () => {
    read();
    events$.next(HELLO);
    events$.next(PING);
    expect(record).not.toHaveProperty('end');
    events$.complete();
    expect(seen).toEqual(['hello', 'ping', 'complete']);
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
    events$.next(HELLO);
    events$.error(new UpstreamError('groq stopped.', { provider: 'groq', kind, phase: 'idle' }));
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
    events$.error(new UpstreamError('Silence.', { provider: 'openai', kind: 'timeout', phase, isCallersLimit }));
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
    events$.error(new UpstreamError('Silence.', { provider: 'openai', kind: 'timeout', ...limits }));
    reading.unsubscribe();
    expect(seen).toEqual([]);
    expect(record).not.toHaveProperty('end');
    expectNothingLeft();
  });

  it('tells a drain from a failure', () => {
    read();
    client.abort(serverDrainingError());
    events$.error(client.signal.reason);
    expect(seen).toEqual([{ error: expect.objectContaining({ code: 'server_draining' }) }, 'complete']);
    expect(record).toMatchObject({ end: 'drained', errorCode: 'server_draining' });
  });

  it.each([
    ['an error', new TypeError('a secret of the code')],
    ['a text', 'a secret'],
  ])('blames no provider for what nobody foresaw, logs it and keeps it from the client: %s', (_what, thrown) => {
    read();
    events$.error(thrown);
    expect(seen).toEqual([{ error: { ...INTERNAL, param: null } }, 'complete']);
    expect(record).toMatchObject({ end: 'gateway_error', errorCode: 'internal_error' });
    expect(logged).toHaveBeenCalledWith(expect.objectContaining({ message: expect.stringContaining('secret') }));
    expectNothingLeft();
  });

  it('says nothing to a client that has left, and nothing of it to the log', () => {
    read();
    client.abort(new DOMException('the client has left', 'AbortError'));
    events$.error(client.signal.reason);
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
    const untellable = Object.defineProperty(new ApiError(400, 'broken', { type: 'x' }), 'body', {
      get: () => {
        throw mistake;
      },
    });
    read();
    events$.error(untellable);
    expect(seen).toEqual([mistake]);
    expect(record.end).toBe('gateway_error');
    expectNothingLeft();
  });

  it('ends whole where the teardown of its source throws', () => {
    const throws = (): never => {
      throw new Error('oops');
    };
    read(of(HELLO).pipe(finalize(throws)));
    expect(seen).toEqual(['hello', 'complete']);
    expect(record.end).toBe('complete');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('ends a stream that has lost its end: comments alone do not keep it', () => {
    read();
    jest.advanceTimersByTime(MAX_SILENCE_MS - 1);
    events$.next(HELLO);
    jest.advanceTimersByTime(MAX_SILENCE_MS - 1);
    events$.next(PING);
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
});
