import { EmptyAnswerError, UpstreamError } from './upstream-error.js';

describe(UpstreamError.name, () => {
  it('carries everything that decides what follows', () => {
    const cause = new Error('why');
    const options = {
      provider: 'p',
      kind: 'refused',
      status: 429,
      type: 't',
      code: 'c',
      param: 'x',
      retryAfterMs: 5,
      cause,
    } as const;
    expect(new UpstreamError('no', options)).toMatchObject({ ...options, name: 'UpstreamError', message: 'no' });
  });

  it('has nulls where the provider said nothing, as clients get them', () => {
    expect(new UpstreamError('no', { provider: 'p', kind: 'connection_failed' })).toMatchObject({
      type: null,
      code: null,
      param: null,
      status: undefined,
      phase: undefined,
      isCallersLimit: false,
      retryAfterMs: undefined,
    });
  });

  it.each([
    [503, 'p answered with status 503.'],
    [undefined, 'p reported an error.'],
  ])('tells a refusal with the status %s in our own words, and keeps the provider’s apart', (status, message) => {
    const words = { callerMessage: 'No: http://10.0.0.1', type: 't', code: 'c', param: 'x' };
    const error = UpstreamError.refused({ provider: 'p', status, ...words });
    expect(error).toMatchObject({ kind: 'refused', message, ...words });
    expect(error.stack).not.toContain('No:');
  });

  it.each(['callerMessage', 'type', 'code', 'param'] as const)('keeps 8 KiB of a provider’s %s', (field) => {
    const error = UpstreamError.refused({ provider: 'p', [field]: 'x'.repeat(64 * 1024) });
    expect(error[field]).toBe('x'.repeat(8 * 1024));
  });

  it('never shows an address or a key', () => {
    const error = new UpstreamError('http://10.0.0.1/v1 refused sk-abcdef123', { provider: 'p', kind: 'refused' });
    expect(error.message).toBe('[address] refused [key]');
  });
});

describe(EmptyAnswerError.name, () => {
  it('is an upstream error that carries the answer', () => {
    const error = new EmptyAnswerError('p', 'the answer');
    expect(error).toBeInstanceOf(UpstreamError);
    expect(error).toMatchObject({
      name: 'EmptyAnswerError',
      kind: 'empty_response',
      answer: 'the answer',
    });
  });
});
