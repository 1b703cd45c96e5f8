import { ApiError } from '@mana-llm/openai-api';
import { CapabilityError, isCapabilityMissing } from './capability-error.js';
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

describe(CapabilityError.name, () => {
  const messageFor = (others: string[]): string =>
    new CapabilityError({ model: 'ollama/a', capability: 'tools', param: 'tools', others }).message;

  it.each<[string, string[], string]>([
    ['no model has it', [], 'No model at this provider is known to have it.'],
    ['one model has it', ['ollama/b'], 'Models here that have it: ollama/b.'],
    [
      'many models have it',
      Array.from({ length: 12 }, (_, index) => `o/${index}`),
      'Models here that have it: o/0, o/1, o/2, o/3, o/4, o/5, o/6, o/7, o/8, o/9 and 2 more (GET /v1/models).',
    ],
  ])('says that %s', (_what, others, choice) => {
    expect(messageFor(others)).toBe(`The model \`ollama/a\` does not support tools. ${choice}`);
  });
});
