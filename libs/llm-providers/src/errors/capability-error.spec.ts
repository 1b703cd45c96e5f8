import { CapabilityError } from './capability-error.js';

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
