import { callerName } from './caller-name.js';

const nameOf = (sent: string | string[] | undefined): string | undefined =>
  callerName(sent === undefined ? {} : { 'x-mana-llm-caller': sent });

describe(callerName.name, () => {
  it.each([undefined, '', '  '])('is none for the header %j', (sent) => {
    expect(nameOf(sent)).toBeUndefined();
  });

  it('is the header without the blanks around it, and of a long one the first 128 characters', () => {
    expect(nameOf(' n ')).toBe('n');
    const name = 'x'.repeat(128);
    expect(nameOf(`  ${name}yz`)).toBe(name);
    expect(nameOf('x'.repeat(127))).not.toBe(name);
  });

  it('takes a header that was sent twice as one', () => {
    expect(nameOf(['a', 'b'])).toBe('a, b');
  });
});
