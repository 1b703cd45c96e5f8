import { isLowPriority } from './is-low-priority.js';

describe(isLowPriority.name, () => {
  it.each(['low', 'LOW', 'Low', ' low '])('is so with the header %j', (sent) => {
    expect(isLowPriority({ 'x-mana-llm-priority': sent })).toBe(true);
  });

  it.each([undefined, '', 'high', 'normal', 'lower', '1'])('is not with the header %j', (sent) => {
    expect(isLowPriority({ 'x-mana-llm-priority': sent })).toBe(false);
  });

  it('is not without the header', () => {
    expect(isLowPriority({})).toBe(false);
  });
});
