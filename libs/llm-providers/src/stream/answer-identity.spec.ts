import { ExactInteger } from '@mana-llm/openai-api';
import { AnswerIdentity, toUnixSeconds } from './answer-identity.js';

describe(toUnixSeconds.name, () => {
  it.each<[string, unknown, number | undefined]>([
    ['seconds', 1_764_230_000, 1_764_230_000],
    ['a fraction of a second', 1_764_230_000.723, 1_764_230_000],
    ['milliseconds', 1_764_230_000_123, 1_764_230_000],
    ['microseconds', 1_764_230_000_123_456, 1_764_230_000],
    ['nanoseconds', new ExactInteger('1764230000123456789'), 1_764_230_000],
    ['nothing', 0, undefined],
    ['a time before the first', -1, undefined],
    ['no number', '1764230000', undefined],
    ['a number without end', Infinity, undefined],
  ])('reads %s', (_what, value, seconds) => {
    expect(toUnixSeconds(value)).toBe(seconds);
  });
});

describe(AnswerIdentity.name, () => {
  it('keeps the first real values, in seconds', () => {
    const identity = new AnswerIdentity();
    identity.learn({ id: '', created: 0 });
    identity.learn({ id: 'a', created: 1_764_230_000_123 });
    identity.learn({ id: 'b', created: 7 });
    expect(identity.get()).toEqual({ id: 'a', created: 1_764_230_000 });
  });
});
