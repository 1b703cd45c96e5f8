import { ApiError } from '@mana-llm/openai-api';
import { isContextTooLong } from './is-context-too-long.js';
import { UpstreamError } from './upstream-error.js';

const refusal = (code: string | null): UpstreamError =>
  new UpstreamError('No.', { provider: 'p', kind: 'refused', status: 400, code });

describe(isContextTooLong.name, () => {
  it.each<[string, unknown, boolean]>([
    ["a provider's refusal", refusal('context_length_exceeded'), true],
    ['a refusal of ours', ApiError.invalidRequest('No.', 'messages', 'context_length_exceeded'), true],
    ['another refusal of a provider', refusal(null), false],
    ['another refusal of ours', ApiError.invalidRequest('No.'), false],
    ['any other error', Object.assign(new Error('No.'), { code: 'context_length_exceeded' }), false],
    ['no error', undefined, false],
  ])('of %s', (_what, error, expected) => {
    expect(isContextTooLong(error)).toBe(expected);
  });
});
