import type { ErrorBody } from '@mana-llm/openai-api';
import { expectErrorShape } from '../../support/expect-error.js';
import { contentOf, finishReasonsOf, type StreamAnswer } from '../../support/stream-answer.js';

/** Expects whole frames with this content, then one error frame as the last one, and nothing that could be taken for an end. */
export function expectBrokenStream(answer: StreamAnswer, content: string): ErrorBody['error'] | undefined {
  const { text, error, isDone } = answer;
  expect({ content: contentOf(answer), isDone, finishReasons: finishReasonsOf(answer) }).toEqual({
    content,
    isDone: false,
    finishReasons: [],
  });
  expectErrorShape(error);
  expect(text).not.toMatch(/oops|\[DONE\]/);
  expect(text.match(/^data: \{"error":/gm)).toHaveLength(1);
  expect(text.trimEnd().split('\n').at(-1)).toMatch(/^data: \{"error":/);
  expect(text.endsWith('\n\n')).toBe(true);
  expect(answer.frames.every(({ usage }) => !usage)).toBe(true);
  return error;
}
