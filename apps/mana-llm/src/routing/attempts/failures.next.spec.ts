import { CapabilityError, EmptyAnswerError, UpstreamError, type UpstreamErrorKind } from '@mana-llm/llm-providers';
import { ApiError } from '@mana-llm/openai-api';
import { CandidateUnavailableError } from '../endpoints/unavailability.js';
import { canAnotherHelp } from './failures.js';

const refused = (status?: number): UpstreamError =>
  new UpstreamError('No.', { provider: 'groq', kind: 'refused', ...(status === undefined ? {} : { status }) });

describe(canAnotherHelp.name, () => {
  it.each([401, 402, 403, 404, 408, 429, 500, 502, 503, 504, 529])('tries another one after %s', (status) => {
    expect(canAnotherHelp(refused(status))).toBe(true);
  });

  it.each([400, 405, 409, 410, 413, 415, 422, 425, 451])(
    'does not after %s: the request is wrong everywhere',
    (status) => {
      expect(canAnotherHelp(refused(status))).toBe(false);
    },
  );

  it.each<UpstreamErrorKind>(['connection_failed', 'bad_response', 'stream_broken', 'timeout', 'empty_response'])(
    'tries another one after %s',
    (kind) => {
      expect(canAnotherHelp(new UpstreamError('No.', { provider: 'groq', kind }))).toBe(true);
    },
  );

  it('tries another one after an error inside a 200 and after an empty answer', () => {
    expect(canAnotherHelp(refused())).toBe(true);
    expect(canAnotherHelp(new EmptyAnswerError('groq', {}))).toBe(true);
  });

  it.each([
    ['a model that cannot', new CapabilityError({ model: 'm', capability: 'tools', param: 'tools', others: [] })],
    [
      'a prompt too long for a provider',
      new UpstreamError('No.', { provider: 'groq', kind: 'refused', status: 400, code: 'context_length_exceeded' }),
    ],
    ['a prompt too long for the gateway’s own model', ApiError.invalidRequest('No.', null, 'context_length_exceeded')],
    ['an open breaker', new CandidateUnavailableError('m', 'breaker_open', 1)],
    ['a full queue', new CandidateUnavailableError('m', 'queue_full', 1)],
  ])('tries another one after %s', (_what, error) => {
    expect(canAnotherHelp(error)).toBe(true);
  });

  it('does not once the caller’s own time is over', () => {
    const error = new UpstreamError('No.', { provider: 'groq', kind: 'timeout', phase: 'total', isCallersLimit: true });
    expect(canAnotherHelp(error)).toBe(false);
  });

  it.each([
    ['a request that is refused here', ApiError.invalidRequest('No audio.')],
    ['a bug', new TypeError('oops')],
    ['an abort', new DOMException('gone', 'AbortError')],
    ['nothing', undefined],
  ])('does not after %s', (_what, error) => {
    expect(canAnotherHelp(error)).toBe(false);
  });
});
