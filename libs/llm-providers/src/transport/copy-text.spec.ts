import { copyText } from './copy-text.js';

describe(copyText.name, () => {
  it.each(['', 'a', 'ü', '😀 x\n'])('gives %j as it is', (text) => {
    expect(copyText(text)).toBe(text);
  });
});
