import { CapabilityError, UpstreamError } from '@mana-llm/llm-providers';
import { toFailure } from '../../errors/to-failure.js';
import { candidateOf, unconfiguredCandidate } from '../../../test/support/routing-parts.js';
import { CandidateUnavailableError } from '../endpoints/unavailability.js';
import { type FailedCandidate, failedCandidate, noCandidateLeft, unconfiguredFailure } from './route-failure.js';

const NO_KEY = unconfiguredFailure(unconfiguredCandidate('d/no-key'));
const failed = (name: string, error: unknown): FailedCandidate =>
  failedCandidate(candidateOf(name), error, performance.now());
const refused = (status: number, retryAfterMs?: number): UpstreamError =>
  new UpstreamError('No.', {
    provider: 'a',
    kind: 'refused',
    status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
const blind = new CapabilityError({ model: 'm', capability: 'vision', param: 'messages', others: [] });

/** What a caller meets; which failures lead here stands in `first-successful.spec.ts`. */
describe(noCandidateLeft.name, () => {
  it('answers as the only candidate did', () => {
    const full = new CandidateUnavailableError('a/one', 'queue_full', 2_500);
    expect(toFailure(noCandidateLeft([failed('a/one', full)]))).toMatchObject({
      status: 429,
      retryAfterMs: 2_500,
    });
  });

  it('answers 503 with all of them, in the order in which they failed', () => {
    const told = toFailure(
      noCandidateLeft([NO_KEY, failed('a/one', refused(500)), failed('b/two', refused(429, 400))]),
    );
    expect(told).toMatchObject({
      status: 503,
      retryAfterMs: 400,
      message: 'No candidate could answer: d/no-key (unconfigured), a/one (server_error), b/two (rate_limit).',
      type: 'upstream_error',
      param: null,
      code: 'no_candidate_left',
      details: {
        attempts: [
          { model: 'd/no-key', reason: 'unconfigured', status: null, ms: 0 },
          { model: 'a/one', reason: 'server_error', status: 500, ms: expect.any(Number) },
          { model: 'b/two', reason: 'rate_limit', status: 429, ms: expect.any(Number) },
        ],
      },
    });
  });

  it('answers with the request’s own fault where nobody who was asked could do it', () => {
    expect(noCandidateLeft([NO_KEY, failed('a/one', blind), failed('b/two', blind)])).toBe(blind);
    expect(noCandidateLeft([failed('a/one', blind), failed('b/two', refused(401))])).not.toBe(blind);
  });

  it('says 503 of nobody who has a key', () => {
    expect(toFailure(noCandidateLeft([NO_KEY]))).toMatchObject({
      status: 503,
      headers: { 'x-should-retry': 'false' },
    });
  });
});
