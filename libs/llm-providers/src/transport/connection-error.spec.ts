import { UpstreamError } from '../errors/upstream-error.js';
import { connectionError } from './connection-error.js';
import { UnreadableBodyError } from './answer-body.js';
import { UpstreamCall } from './upstream-call.js';

const TIMEOUTS = { connectMs: 9, firstTokenMs: 1_000, idleMs: 1_000, totalMs: 1_000 };
const withCode = (code: string, fields: object = {}): Error => Object.assign(new Error('x'), { code }, fields);

describe(connectionError.name, () => {
  let caller: AbortController;
  let call: UpstreamCall;

  beforeEach(() => {
    caller = new AbortController();
    const context = { signal: caller.signal, requestId: 'r' };
    call = new UpstreamCall({ provider: 'p', form: 'stream', timeouts: TIMEOUTS, context });
  });

  afterEach(() => call.end());

  const read = (error: unknown, hasAnswered = false): unknown =>
    connectionError(error, { provider: 'p', call, connectMs: 9, hasAnswered });

  it.each([
    ['a code', withCode('ECONNREFUSED'), 'ECONNREFUSED'],
    ['the code of a cause', new Error('x', { cause: withCode('ENOTFOUND') }), 'ENOTFOUND'],
    ['an empty code and a cause', withCode('', { cause: withCode('EPIPE') }), 'EPIPE'],
    ['one of several errors', new AggregateError([withCode('ECONNREFUSED'), withCode('ENETUNREACH')]), 'ECONNREFUSED'],
    ['no code', new Error('at 10.0.0.1'), 'broken connection'],
    ['a code that is a number', Object.assign(new Error('x'), { code: 20 }), 'broken connection'],
    ['no error at all', undefined, 'broken connection'],
  ])('tells %s', (_what, error, code) => {
    expect(read(error)).toMatchObject({
      message: `p could not be reached (${code}).`,
      kind: 'connection_failed',
      cause: error,
    });
    expect(read(error, true)).toMatchObject({
      message: `p broke off its answer (${code}).`,
      kind: 'stream_broken',
      cause: error,
    });
  });

  it('names the connect timeout and its limit', () => {
    const error = read(withCode('UND_ERR_CONNECT_TIMEOUT'));
    expect(error).toMatchObject({ kind: 'timeout', phase: 'connect', message: expect.stringContaining('within 9 ms') });
  });

  it('says why a body cannot be read', () => {
    const error = read(new UnreadableBodyError('it is not UTF-8'), true);
    expect(error).toMatchObject({
      kind: 'bad_response',
      message: 'p sent an answer that cannot be read: it is not UTF-8.',
    });
  });

  it('leaves what is told already as it is', () => {
    const told = new UpstreamError('told', { provider: 'p', kind: 'refused', status: 400 });
    expect(read(told)).toBe(told);
  });

  it('gives the reason of an abort, whatever failed by it', () => {
    const reason = new RangeError('left');
    caller.abort(reason);
    expect(read(withCode('ECONNRESET'))).toBe(reason);
    expect(read(new UpstreamError('told', { provider: 'p', kind: 'refused' }), true)).toBe(reason);
  });
});
