import { LlmAbortError, LlmError, LlmRateLimitError, LlmStreamBrokenError, LlmTimeoutError } from './errors.js';

/** The errors of a second copy of the package in the same process. */
function otherCopy(): typeof import('./errors.js') {
  let copy: typeof import('./errors.js') | undefined;
  jest.isolateModules(() => {
    copy = jest.requireActual<typeof import('./errors.js')>('./errors.js');
  });
  if (copy === undefined) throw new Error('The copy was not loaded.');
  return copy;
}

describe(LlmError.name, () => {
  it('names each error by its class', () => {
    expect(new LlmRateLimitError('x').name).toBe('LlmRateLimitError');
    expect(String(new LlmAbortError('left'))).toBe('LlmAbortError: left');
  });

  it('holds status, code, request id and cause', () => {
    const cause = new Error('socket');
    const error = new LlmTimeoutError('late', {
      status: 504,
      code: 'idle_timeout',
      requestId: 'r',
      which: 'idle',
      cause,
    });
    expect(error).toMatchObject({ status: 504, code: 'idle_timeout', requestId: 'r', which: 'idle' });
    expect(error.cause).toBe(cause);
  });

  it('knows the errors of another copy of the package, by isInstance and instanceof', () => {
    const copy = otherCopy();
    const foreign = new copy.LlmRateLimitError('x', { retryAfterMs: 5 });
    expect(copy.LlmRateLimitError).not.toBe(LlmRateLimitError);
    expect(LlmError.isInstance(foreign)).toBe(true);
    expect(LlmRateLimitError.isInstance(foreign)).toBe(true);
    expect(foreign instanceof LlmRateLimitError).toBe(true);
    expect(foreign instanceof LlmError).toBe(true);
    expect(LlmStreamBrokenError.isInstance(foreign)).toBe(false);
    expect(foreign instanceof LlmStreamBrokenError).toBe(false);
  });

  it.each([null, undefined, 'LlmError', {}, new Error('x'), { name: 'LlmError' }])(
    'does not take %p for one',
    (value) => {
      expect(LlmError.isInstance(value)).toBe(false);
      expect((value as unknown) instanceof LlmError).toBe(false);
    },
  );

  it("does not take an error for one of a caller's own subclass", () => {
    class OwnError extends LlmRateLimitError {}
    expect(new LlmRateLimitError('x') instanceof OwnError).toBe(false);
    expect(new OwnError('x') instanceof OwnError).toBe(true);
    expect(new OwnError('x') instanceof LlmRateLimitError).toBe(true);
  });
});
