import { PassThrough } from 'node:stream';
import { createLogger } from '../logging/create-logger.js';
import { logRequest } from './request-log.js';
import type { RequestRecord } from './request-record.js';

const RECORD: RequestRecord = {
  requestId: 'req-1',
  method: 'POST',
  route: '/v1/chat/completions',
  startedAtMs: 1000,
  status: 200,
};

describe(logRequest.name, () => {
  function logged(record: RequestRecord): Record<string, unknown> {
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

  it.each<[string, Partial<RequestRecord>, string]>([
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
