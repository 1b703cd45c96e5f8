import { jsonSize } from './shared-log.js';

describe(jsonSize.name, () => {
  it.each<[string, unknown]>([
    ['a text', 'Hello there.'],
    [
      'a chunk',
      {
        id: 'chatcmpl-1',
        created: 1_760_000_000,
        choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: null }],
      },
    ],
    [
      'log probabilities',
      { content: Array.from({ length: 50 }, (_, at) => ({ token: `t${at}`, logprob: -0.25, bytes: [1, 2] })) },
    ],
    ['flags and nothing', [true, false, null, {}, []]],
  ])('is near the length of the JSON of %s', (_what, value) => {
    const { length } = JSON.stringify(value);
    expect(jsonSize(value)).toBeGreaterThan(0.7 * length);
    expect(jsonSize(value)).toBeLessThan(1.8 * length);
  });

  it('is nothing for what JSON leaves out', () => {
    expect(jsonSize(undefined)).toBe(0);
  });
});
