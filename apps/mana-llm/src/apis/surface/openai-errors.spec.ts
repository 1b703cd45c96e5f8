import { readFileSync } from 'node:fs';
import { CapabilityError, UpstreamError } from '@mana-llm/llm-providers';
import { ApiError } from '@mana-llm/openai-api';
import { CandidateUnavailableError } from '../../routing/endpoints/unavailability.js';
import { noCandidateLeft } from '../../routing/attempts/route-failure.js';
import { failure } from '../../errors/failure.js';
import { toFailure } from '../../errors/to-failure.js';
import { OPENAI_ERRORS, OPENAI_ERRORS_WITH_DETAIL } from './openai-errors.js';

const MIGRATION_PAGE = readFileSync('docs/migration.md', 'utf8');

const refused = (status: number, code?: string): UpstreamError =>
  new UpstreamError('No.', { provider: 'groq', kind: 'refused', status, ...(code === undefined ? {} : { code }) });
const unconfigured = (name: string) => ({
  candidate: { name, keyVariable: 'X_API_KEY' },
  reason: 'unconfigured',
  status: null,
  ms: 0,
});

const detailOf = (error: unknown): unknown =>
  (OPENAI_ERRORS_WITH_DETAIL.body(toFailure(error)) as { detail?: unknown }).detail;

const CASES: [kind: string, what: string, error: unknown][] = [
  ['no_healthy_provider', 'no candidate is left', noCandidateLeft([unconfigured('x/a'), unconfigured('x/b')])],
  ['no_healthy_provider', 'the breaker is open', new CandidateUnavailableError('x/a', 'breaker_open', 1)],
  ['rate_limit', 'the provider says 429', refused(429)],
  ['rate_limit', 'the quota is spent', refused(429, 'insufficient_quota')],
  ['rate_limit', 'the queue is full', new CandidateUnavailableError('x/a', 'queue_full', 1)],
  ['auth', 'the gateway’s own key is refused', refused(401)],
  ['auth', 'the account requires a payment', refused(402)],
  ['auth', 'the caller’s key is wrong', new ApiError(401, 'No.', { code: 'invalid_api_key' })],
  ['blocked', 'the content is refused', refused(400, 'content_filter')],
  ['capability', 'the model cannot', new CapabilityError({ model: 'm', capability: 'tools', param: 'x', others: [] })],
  ['invalid_request', 'a field is wrong', ApiError.invalidRequest('No.', 'messages')],
  ['invalid_request', 'nobody has the model', refused(404)],
  ['server_error', 'the provider says 500', refused(500)],
  ['server_error', 'a timeout ran out', new UpstreamError('No.', { provider: 'x', kind: 'timeout', phase: 'total' })],
  ['server_error', 'the gateway has a bug', new TypeError('a secret')],
];

const OPENAI_ERROR = { error: { message: 'No.', type: 'upstream_error', param: null, code: null } };

describe('OPENAI_ERRORS', () => {
  it('has all four fields, and the details beside them', () => {
    expect(OPENAI_ERRORS.body(toFailure(refused(500)))).toEqual(OPENAI_ERROR);
    const attempts = [{ model: 'groq/x', reason: 'timeout' }];
    const left = new ApiError(503, 'None left.', { code: 'c', param: 'p', details: { attempts } });
    expect(OPENAI_ERRORS.body(toFailure(left))).toEqual({
      error: { message: 'None left.', type: 'invalid_request_error', param: 'p', code: 'c', attempts },
    });
  });

  it('ends a stream with the same body in one frame, or with [DONE]', () => {
    for (const { lastFrames, streamEnd } of [OPENAI_ERRORS, OPENAI_ERRORS_WITH_DETAIL]) {
      expect(lastFrames(toFailure(refused(500)))).toEqual([{ data: JSON.stringify(OPENAI_ERROR) }]);
      expect(streamEnd).toEqual([{ data: '[DONE]' }]);
    }
  });
});

describe('OPENAI_ERRORS_WITH_DETAIL', () => {
  it.each(CASES)('says %s where %s', (kind, _what, error) => {
    expect(detailOf(error)).toMatchObject({ kind });
  });

  it.each(CASES)('has a status that docs/migration.md names: %s where %s', (kind, _what, error) => {
    const [, statuses = ''] = new RegExp(`^\\| \`${kind}\` +\\| ([^|]+)`, 'm').exec(MIGRATION_PAGE) ?? [];
    expect(statuses.trim().split(', ')).toContain(String(toFailure(error).status));
  });

  it('has OpenAI’s body, and the message of the error beside it', () => {
    expect(OPENAI_ERRORS_WITH_DETAIL.body(toFailure(refused(500)))).toEqual({
      ...OPENAI_ERROR,
      detail: { kind: 'server_error', message: 'No.' },
    });
  });

  it('has no detail for a request that could not be read', () => {
    const unreadable = failure(400, { kind: 'unreadable_request', message: 'No.', type: 'invalid_request_error' });
    expect(OPENAI_ERRORS_WITH_DETAIL.body(unreadable)).toEqual(OPENAI_ERRORS.body(unreadable));
  });
});
