import { CapabilityError, EmptyAnswerError, UpstreamError } from '@mana-llm/llm-providers';
import { ApiError } from '@mana-llm/openai-api';
import { CandidateUnavailableError } from '../endpoints/unavailability.js';
import { failureOf } from './failures.js';

const STATUSES: [number, string][] = [
  [400, 'invalid_request'],
  [401, 'auth'],
  [402, 'billing'],
  [403, 'auth'],
  [404, 'model_not_found'],
  [408, 'timeout'],
  [409, 'invalid_request'],
  [413, 'invalid_request'],
  [422, 'invalid_request'],
  [429, 'rate_limit'],
  [500, 'server_error'],
  [502, 'server_error'],
  [503, 'server_error'],
  [504, 'timeout'],
];

describe('the reason of a failure', () => {
  it.each(STATUSES)('calls a refusal with %s %s, from a provider and from the gateway', (status, reason) => {
    expect(failureOf(new UpstreamError('No.', { provider: 'groq', kind: 'refused', status })).reason).toBe(reason);
    expect(failureOf(new ApiError(status, 'No.')).reason).toBe(reason);
  });

  it.each(['connection_failed', 'bad_response', 'stream_broken', 'timeout', 'empty_response'] as const)(
    'calls %s by its kind, whatever the status',
    (kind) => {
      expect(failureOf(new UpstreamError('No.', { provider: 'groq', kind })).reason).toBe(kind);
      expect(failureOf(new UpstreamError('No.', { provider: 'groq', kind, status: 200 })).reason).toBe(kind);
    },
  );

  it.each([
    ['server_error', new UpstreamError('No.', { provider: 'groq', kind: 'refused' })],
    ['blocked', new UpstreamError('No.', { provider: 'groq', kind: 'refused', status: 400, code: 'content_filter' })],
    ['empty_response', new EmptyAnswerError('groq', {})],
    ['capability', new CapabilityError({ model: 'm', capability: 'tools', param: 'tools', others: [] })],
    ['context_length_exceeded', ApiError.invalidRequest('No.', null, 'context_length_exceeded')],
    ['breaker_open', new CandidateUnavailableError('m', 'breaker_open', 1)],
    ['queue_timeout', new CandidateUnavailableError('m', 'queue_timeout', 1)],
    ['unknown', new TypeError('oops')],
    ['unknown', 'text'],
    ['unknown', undefined],
  ])('says %s of %s', (reason, error) => {
    expect(failureOf(error).reason).toBe(reason);
  });
});
