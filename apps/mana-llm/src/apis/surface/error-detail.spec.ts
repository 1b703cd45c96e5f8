import { readFileSync } from 'node:fs';
import { CapabilityError, UpstreamError } from '@mana-llm/llm-providers';
import { ApiError } from '@mana-llm/openai-api';
import { CandidateUnavailableError } from '../../routing/attempts/candidate-unavailable-error.js';
import { noCandidateLeft } from '../../routing/attempts/no-candidate-left.js';
import { errorDetail } from './error-detail.js';
import { toOpenAiError } from '../../errors/to-openai-error.js';

const MIGRATION_PAGE = readFileSync('docs/migration.md', 'utf8');

const refused = (status: number, code?: string): UpstreamError =>
  new UpstreamError('No.', { provider: 'groq', kind: 'refused', status, ...(code === undefined ? {} : { code }) });
const unconfigured = (name: string) => ({
  candidate: { name, keyVariable: 'X_API_KEY' },
  reason: 'unconfigured',
  status: null,
  ms: 0,
});

const kindOf = (error: unknown): unknown => errorDetail('/v1/chat/completions', toOpenAiError(error))?.kind;

const CASES: [kind: string, what: string, error: unknown][] = [
  ['no_healthy_provider', 'no candidate is left', noCandidateLeft([unconfigured('x/a'), unconfigured('x/b')])],
  ['no_healthy_provider', 'the breaker is open', new CandidateUnavailableError('x/a', 'breaker_open', 1)],
  ['rate_limit', 'the provider says 429', refused(429)],
  ['rate_limit', 'the quota is spent', refused(429, 'insufficient_quota')],
  ['rate_limit', 'the queue is full', new CandidateUnavailableError('x/a', 'queue_full', 1)],
  ['auth', 'the gateway’s own key is refused', refused(401)],
  ['auth', 'the account wants to be paid', refused(402)],
  ['auth', 'the caller’s key is wrong', new ApiError(401, 'No.', { code: 'invalid_api_key' })],
  ['blocked', 'the content is refused', refused(400, 'content_filter')],
  ['capability', 'the model cannot', new CapabilityError({ model: 'm', capability: 'tools', param: 'x', others: [] })],
  ['invalid_request', 'a field is wrong', ApiError.invalidRequest('No.', 'messages')],
  ['invalid_request', 'nobody has the model', refused(404)],
  ['server_error', 'the provider says 500', refused(500)],
  ['server_error', 'a timeout ran out', new UpstreamError('No.', { provider: 'x', kind: 'timeout', phase: 'total' })],
  ['server_error', 'the gateway has a bug', new TypeError('a secret')],
];

describe(errorDetail.name, () => {
  it.each(CASES)('is %s where %s', (kind, _what, error) => {
    expect(kindOf(error)).toBe(kind);
  });

  it.each(CASES)('has a status that docs/migration.md names: %s where %s', (kind, _what, error) => {
    const [, statuses = ''] = new RegExp(`^\\| \`${kind}\` +\\| ([^|]+)`, 'm').exec(MIGRATION_PAGE) ?? [];
    expect(statuses.trim().split(', ')).toContain(String(toOpenAiError(error).status));
  });

  it('has the message of the error', () => {
    expect(errorDetail('/v1/embeddings?x=1', toOpenAiError(refused(500)))).toEqual({
      kind: 'server_error',
      message: 'No.',
    });
  });

  it.each(['/v1/models', '/v1/models/ollama/m', '/v1/models?x', '/V1/chat/completions/'])('stands at %s', (url) => {
    expect(errorDetail(url, toOpenAiError(refused(500)))).toBeDefined();
  });

  it.each(['/v1/aliases', '/v1/health', '/v1/modelsx', '/health', '/nowhere'])('does not stand at %s', (url) => {
    expect(errorDetail(url, toOpenAiError(refused(500)))).toBeUndefined();
  });
});
