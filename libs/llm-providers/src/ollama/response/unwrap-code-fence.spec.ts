import { createCodeFenceUnwrapper, unwrapCodeFence } from './unwrap-code-fence.js';

const JSON_TEXT = '{"a": [1, 2],\n "md": "```js\\nx\\n```"}';

/** A text, and what is left of it. */
const CASES: [string, string, string][] = [
  ['plain JSON', JSON_TEXT, JSON_TEXT],
  ['a fence with a language', '```json\n' + JSON_TEXT + '\n```', JSON_TEXT],
  ['a fence without one', '```\n{"a":1}\n```', '{"a":1}'],
  ['blanks around the fence', ' \n```JSON \r\n{"a":1}\r\n```\n \n', '{"a":1}'],
  ['a fence on one line', '```json{"a":1}```', '{"a":1}'],
  ['a list on one line', '``` [1] ```', '[1] '],
  ['a fence that is never closed', '```json\n{"a":1}', '{"a":1}'],
  ['a fence closed by half', '```json\n{"a":1}\n``', '{"a":1}\n``'],
  ['words after the fence', '```json\n{"a":1}\n```\nThat is it.', '{"a":1}\n```\nThat is it.'],
  ['words before the fence', 'Here: ```json\n{}\n```', 'Here: ```json\n{}\n```'],
  ['inline code', '`x`', '`x`'],
  ['two backticks', '``', '``'],
  ['three backticks', '```', '```'],
  ['a fence with only a language', '```json', '```json'],
  ['four backticks', '````json\n{}\n````', '````json\n{}\n````'],
  ['leading blanks without a fence', ' \n {"a":1}', ' \n {"a":1}'],
  ['trailing line breaks without a fence', '{"a":1}\n\n', '{"a":1}\n\n'],
  ['line breaks before the closing fence', '```json\n{"a":1}\n\n```', '{"a":1}\n'],
  ['nothing', '', ''],
  ['blanks', ' \n', ' \n'],
];

/** The text cut into pieces of one size. */
const cut = (text: string, size: number): string[] =>
  Array.from({ length: Math.ceil(text.length / size) }, (_, i) => text.slice(i * size, (i + 1) * size));

describe(unwrapCodeFence.name, () => {
  it.each(CASES)('unwraps %s', (_, text, expected) => {
    expect(unwrapCodeFence(text)).toBe(expected);
  });
});

describe(createCodeFenceUnwrapper.name, () => {
  const stream = (pieces: string[]): string => {
    const unwrapper = createCodeFenceUnwrapper();
    return pieces.map((piece) => unwrapper.push(piece)).join('') + unwrapper.end();
  };

  it.each(CASES)('gives the same for %s, wherever it is cut', (_, text, expected) => {
    for (let size = 1; size <= 12; size += 1) expect(stream(cut(text, size)).trim()).toBe(expected.trim());
  });

  it('gives text on at once, holding back only what may be a fence', () => {
    const { push, end } = createCodeFenceUnwrapper();
    const given = ['```', 'json\n', '{"a"', ': "`', 'x', '"}\n', '``', '`'].map(push);
    expect(given).toEqual(['', '', '{"a"', ': "', '`x', '"}', '', '']);
    expect(end()).toBe('');
  });

  it('does not hold back endless blanks at the start', () => {
    const { push } = createCodeFenceUnwrapper();
    expect(push(' '.repeat(65))).toHaveLength(65);
  });

  it('does not hold back endless blanks after a fence, nor lose them', () => {
    const unwrapper = createCodeFenceUnwrapper();
    const given = unwrapper.push('```\n1\n```') + unwrapper.push(' '.repeat(100));
    expect(given).toBe('1\n```' + ' '.repeat(100));
  });
});
