import { ApiError } from '@mana-llm/openai-api';
import { CapabilityError } from './capability-error.js';
import { isCapabilityMissing } from './is-capability-missing.js';
import { UpstreamError } from './upstream-error.js';

describe(isCapabilityMissing.name, () => {
  it.each([
    [
      true,
      'a model that is known to be unable',
      new CapabilityError({ model: 'm', capability: 'tools', param: 'tools', others: [] }),
    ],
    [true, 'a field that a provider has nothing for', ApiError.invalidRequest('No.', 'audio', 'capability_missing')],
    [
      true,
      'a server that says so',
      new UpstreamError('No.', { provider: 'p', kind: 'refused', status: 400, code: 'capability_missing' }),
    ],
    [false, 'a request that is wrong', ApiError.invalidRequest('No.', 'audio')],
    [false, 'any other refusal', new UpstreamError('No.', { provider: 'p', kind: 'refused', status: 400 })],
    [false, 'a bug', new TypeError('oops')],
  ])('is %s for %s', (expected, _what, error) => {
    expect(isCapabilityMissing(error)).toBe(expected);
  });
});
