import { PassThrough } from 'node:stream';
import {
  addTokens,
  countedTokens,
  logRequest,
  recordSavedTokens,
  recordTokens,
  type CallRecord,
  UpstreamUsage,
} from './call-record.js';
import { createLogger } from '../logging/create-logger.js';

const TOKENS = { promptTokens: 7, completionTokens: 5 };
const SAVED = { savedPromptTokens: 7, savedCompletionTokens: 5 };

const recordOf = (requestId: string): CallRecord => ({ requestId, method: 'POST', route: '/x', startedAtMs: 0 });

/** What the log line has of tokens. */
const tokensOf = (record: CallRecord): object =>
  Object.fromEntries(Object.entries(record).filter(([field]) => field.endsWith('Tokens')));

describe(countedTokens.name, () => {
  it('has the counts that a provider gives', () => {
    expect(countedTokens({ prompt_tokens: 7, completion_tokens: 0, total_tokens: 7 })).toEqual({
      promptTokens: 7,
      completionTokens: 0,
    });
  });

  it.each([undefined, null, {}, { prompt_tokens: -1, completion_tokens: 0.5 }])('has none of %j', (usage) => {
    expect(countedTokens(usage)).toEqual({});
  });
});

describe('the tokens of a request', () => {
  it('are replaced by later counts of one call, and added up over several calls', () => {
    const record = recordOf('one');
    recordTokens(record, { promptTokens: 7, completionTokens: 1 });
    recordTokens(record, TOKENS);
    expect(tokensOf(record)).toEqual(TOKENS);
    addTokens(record, { promptTokens: 3 });
    expect(tokensOf(record)).toEqual({ promptTokens: 10, completionTokens: 5 });
  });

  it('do not change once its log line is written', () => {
    const record = { ...recordOf('one'), status: 200 };
    recordTokens(record, TOKENS);
    addTokens(record, TOKENS);
    expect(tokensOf(record)).toEqual({});
  });

  it('that were saved have names of their own', () => {
    const record = recordOf('one');
    recordSavedTokens(record, {});
    expect(tokensOf(record)).toEqual({});
    recordSavedTokens(record, TOKENS);
    expect(tokensOf(record)).toEqual(SAVED);
  });
});

describe(UpstreamUsage.name, () => {
  let first: CallRecord;
  let second: CallRecord;
  let third: CallRecord;
  let usage: UpstreamUsage;

  beforeEach(() => {
    [first, second, third] = [recordOf('first'), recordOf('second'), recordOf('third')];
    usage = new UpstreamUsage(first);
  });

  it('is of the request that made the call; the others save it', () => {
    recordTokens(first, TOKENS);
    first.status = 200;
    expect([usage.isSavedBy(second, TOKENS), usage.isSavedBy(third, TOKENS)]).toEqual([true, true]);
    expect([first, second, third].map(tokensOf)).toEqual([TOKENS, SAVED, SAVED]);
  });

  it('is of the first one that still reads where the client of that request has left', () => {
    first.status = 499;
    recordTokens(first, TOKENS);
    expect([usage.isSavedBy(second, TOKENS), usage.isSavedBy(third, TOKENS)]).toEqual([false, true]);
    expect([first, second, third].map(tokensOf)).toEqual([{}, TOKENS, SAVED]);
  });

  it('stays with that one as its count grows', () => {
    first.status = 499;
    expect(usage.isSavedBy(second, { promptTokens: 7, completionTokens: 1 })).toBe(false);
    expect(usage.isSavedBy(second, TOKENS)).toBe(false);
    expect(tokensOf(second)).toEqual(TOKENS);
  });
});

const RECORD: CallRecord = {
  requestId: 'req-1',
  method: 'POST',
  route: '/v1/chat/completions',
  startedAtMs: 1000,
  status: 200,
};

describe(logRequest.name, () => {
  function logged(record: CallRecord): Record<string, unknown> {
    const destination = new PassThrough();
    logRequest(createLogger({ level: 'debug', pretty: false, destination }), record, 1012.345);
    return JSON.parse(String(destination.read())) as Record<string, unknown>;
  }

  it('writes what is known and leaves the rest out', () => {
    expect(logged(RECORD)).toEqual({
      level: 'info',
      time: expect.any(String),
      requestId: 'req-1',
      route: '/v1/chat/completions',
      method: 'POST',
      status: 200,
      durationMs: 12.3,
      msg: 'request',
    });
  });

  it('writes provider, model, tokens, attempts, error code and end', () => {
    const known = {
      provider: 'ollama',
      model: 'ollama/gemma3:4b',
      promptTokens: 12,
      completionTokens: 34,
      savedPromptTokens: 56,
      savedCompletionTokens: 78,
      attempts: 2,
      errorCode: 'connection_failed',
      end: 'complete',
    } as const;

    expect(logged({ ...RECORD, ...known })).toMatchObject(known);
  });

  it('writes nothing else that hangs on the record', () => {
    const record = { ...RECORD, prompt: 'a secret wish', baseUrl: 'http://gpu-box:11434' };

    expect(JSON.stringify(logged(record))).not.toMatch(/wish|gpu-box/);
  });

  it.each<[string, Partial<CallRecord>, string]>([
    ['an answer', { status: 200 }, 'info'],
    ['an error of the caller', { status: 404 }, 'info'],
    ['an error of ours', { status: 502 }, 'warn'],
    ['a caller who left', { status: 499, end: 'client_closed' }, 'info'],
    ['a caller who left before an error', { status: 502, end: 'client_closed' }, 'info'],
    ['a caller who left before any status', { status: undefined, end: 'client_closed' }, 'info'],
    ['a stream that broke', { status: 200, end: 'upstream_error' }, 'warn'],
    ['a stream that stalled', { status: 200, end: 'timeout' }, 'warn'],
    ['health', { route: '/health', status: 503 }, 'debug'],
    ['readiness', { route: '/health/ready' }, 'debug'],
    ['metrics', { route: '/metrics' }, 'debug'],
    ['the health of the providers', { route: '/v1/health' }, 'debug'],
    ['a route that only begins like health', { route: '/healthy' }, 'info'],
  ])('logs %s at the right level', (_title, fields, level) => {
    expect(logged({ ...RECORD, ...fields })['level']).toBe(level);
  });
});
