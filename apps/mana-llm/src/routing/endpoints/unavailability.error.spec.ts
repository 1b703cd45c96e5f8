import { toFailure } from '../../errors/to-failure.js';
import { CandidateUnavailableError, type UnavailableReason } from './unavailability.js';

describe(CandidateUnavailableError.name, () => {
  it.each<[UnavailableReason, number, string, string, string]>([
    ['breaker_open', 503, 'upstream_error', 'breaker_open', 'The provider of `ollama/m` has failed several times'],
    ['rate_limit', 429, 'rate_limit_error', 'rate_limit_exceeded', '`ollama/m` has reached a rate limit'],
    ['queue_full', 429, 'rate_limit_error', 'queue_full', 'Too many requests are waiting for `ollama/m`.'],
    ['queue_timeout', 429, 'rate_limit_error', 'queue_timeout', '`ollama/m` has no free place within the time limit'],
  ])('tells a caller of %s when to come again', (reason, status, type, code, message) => {
    expect(toFailure(new CandidateUnavailableError('ollama/m', reason, 1_500))).toMatchObject({
      status,
      retryAfterMs: 1_500,
      type,
      code,
      param: null,
      message: expect.stringContaining(message),
    });
  });

  it('says where a model rests and not its provider', () => {
    expect(new CandidateUnavailableError('ollama/m', 'breaker_open', 1_500, 'model')).toMatchObject({
      status: 503,
      reason: 'breaker_open',
      message: expect.stringMatching(/^The model `ollama\/m` has failed several times in a row/),
    });
  });
});
