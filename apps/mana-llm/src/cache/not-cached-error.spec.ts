import { notCachedError } from './not-cached-error.js';

describe(notCachedError.name, () => {
  it('is a 504 that says what to do and is not sent again by itself', () => {
    expect(notCachedError()).toMatchObject({
      status: 504,
      headers: { 'x-should-retry': 'false' },
      body: {
        error: { type: 'cache_error', code: 'not_cached', message: expect.stringMatching(/without only-if-cached/) },
      },
    });
  });
});
