import { readContent, readReasoning } from './read-content.js';

describe(readContent.name, () => {
  it.each<[unknown, string, string]>([
    ['a', 'a', ''],
    ['', '', ''],
    [null, '', ''],
    [undefined, '', ''],
    [5, '', ''],
    [{ text: 'a' }, '', ''],
    [[], '', ''],
    [['a', 'b'], 'ab', ''],
    [
      [
        { type: 'text', text: 'a' },
        { type: 'output_text', text: 'b' },
      ],
      'ab',
      '',
    ],
    [[{ type: 'text' }, { type: 'reference', reference_ids: [1] }, null, 7], '', ''],
    [[{ type: 'text', text: [{ text: 'a' }, 'b'] }], 'ab', ''],
    [
      [
        { type: 'thinking', thinking: 'hm' },
        { type: 'text', text: 'a' },
      ],
      'a',
      'hm',
    ],
    [
      [
        {
          type: 'thinking',
          thinking: [
            { type: 'text', text: 'h' },
            { type: 'text', text: 'm' },
          ],
        },
      ],
      '',
      'hm',
    ],
    [[{ type: 'thinking' }], '', ''],
  ])('reads %j as text %j and reasoning %j', (content, text, reasoning) => {
    expect(readContent(content)).toEqual({ text, reasoning });
  });
});

describe(readReasoning.name, () => {
  it.each([
    [{ reasoning_content: 'a' }, 'a'],
    [{ reasoning: 'a' }, 'a'],
    [{ reasoning_content: 'a', reasoning: 'a' }, 'a'],
    [{ reasoning_content: '', reasoning: 'a' }, 'a'],
    [{ reasoning_content: null, reasoning: 'a' }, 'a'],
    [{ reasoning: { effort: 'low' } }, ''],
    [{}, ''],
  ])('reads %j as %j', (message, expected) => {
    expect(readReasoning(message)).toBe(expected);
  });
});
