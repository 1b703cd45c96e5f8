import { CapabilityError, EmptyAnswerError, UpstreamError } from '@mana-llm/llm-providers';
import { candidateOf, unconfiguredCandidate } from '../../../test/support/routing-parts.js';
import { CandidateUnavailableError } from '../endpoints/unavailability.js';
import { failedCandidate, isPermanent, retryAfterOf, unconfiguredFailure } from './route-failure.js';

const ONE = candidateOf('a/one');
const refused = (status: number, parts: { code?: string; retryAfterMs?: number } = {}): UpstreamError =>
  new UpstreamError('No.', { provider: 'a', kind: 'refused', status, ...parts });
const failureBy = (error: unknown) => failedCandidate(ONE, error, performance.now());

describe(failedCandidate.name, () => {
  it('tells the reason, the provider’s status and the time that was spent', () => {
    const error = refused(429);
    const failed = failedCandidate(ONE, error, performance.now() - 1_000);
    expect(failed).toEqual({ candidate: ONE, reason: 'rate_limit', status: 429, ms: expect.any(Number), error });
    expect(failed.ms).toBeGreaterThanOrEqual(1_000);
  });

  it('tells no status where the provider gave none', () => {
    expect(failureBy(new CandidateUnavailableError('a/one', 'queue_full', 1)).status).toBeNull();
    expect(failureBy(new UpstreamError('Cut.', { provider: 'a', kind: 'connection_failed' })).status).toBeNull();
  });
});

describe(unconfiguredFailure.name, () => {
  it('has cost no time and names no error', () => {
    const candidate = unconfiguredCandidate('d/no-key');
    expect(unconfiguredFailure(candidate)).toEqual({ candidate, reason: 'unconfigured', status: null, ms: 0 });
  });
});

describe(retryAfterOf.name, () => {
  it.each<[string, unknown, number | undefined]>([
    ['what the provider asks for', refused(503, { retryAfterMs: 7 }), 7],
    ['what the gateway knows', new CandidateUnavailableError('a/one', 'breaker_open', 9), 9],
    ['nothing where nobody says', refused(500), undefined],
    ['nothing of other errors', new TypeError('oops'), undefined],
  ])('is %s', (_what, error, expected) => {
    expect(retryAfterOf(failureBy(error))).toBe(expected);
  });
});

describe(isPermanent.name, () => {
  it.each<[string, unknown, boolean]>([
    ['a key that is refused', refused(401), true],
    ['a bill that is to be paid', refused(402), true],
    ['a model that is not there', refused(404), true],
    ['a quota that is spent', refused(429, { code: 'insufficient_quota' }), true],
    ['a model that cannot', new CapabilityError({ model: 'm', capability: 'tools', param: 'tools', others: [] }), true],
    ['a prompt that is too long', refused(400, { code: 'context_length_exceeded' }), true],
    ['a limit that passes', refused(429), false],
    ['an endpoint in trouble', refused(500), false],
    ['an empty answer', new EmptyAnswerError('a', {}), false],
    ['a full queue', new CandidateUnavailableError('a/one', 'queue_full', 1), false],
  ])('of %s', (_what, error, expected) => {
    expect(isPermanent(failureBy(error))).toBe(expected);
  });

  it('of a provider without a key', () => {
    expect(isPermanent(unconfiguredFailure(unconfiguredCandidate('d/no-key')))).toBe(true);
  });
});
