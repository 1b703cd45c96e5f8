import { checkAnswer, checkStream, checkWhole, errorOf } from './answer-rules.js';
import type { Answer } from '../exchange.js';

const answer = (fields: Partial<Answer>, headers: Record<string, string> = {}): Answer => ({
  status: 200,
  headers: new Map(Object.entries({ 'content-type': 'application/json', 'x-request-id': 'a', ...headers })),
  body: '',
  hasEnded: true,
  ...fields,
});
const json = (value: unknown): Answer => answer({ body: JSON.stringify(value) });

const ERROR = { error: { message: 'no', type: 'x', param: null, code: null } };
const ABOUT = { id: 'x', created: 1, model: 'm' };
const chunk = (delta: object, reason: string | null): object => ({
  ...ABOUT,
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, finish_reason: reason }],
});
const streamOf = (...frames: (object | '[DONE]')[]): string =>
  frames.map((frame) => `data: ${frame === '[DONE]' ? frame : JSON.stringify(frame)}\n\n`).join('');

const FIRST = chunk({ role: 'assistant', content: 'a' }, null);
const END = chunk({}, 'stop');
const COMPLETION = {
  ...ABOUT,
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'a' }, logprobs: null, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
};

describe('the rules of the fuzz', () => {
  it('accept what keeps to the contract', () => {
    checkAnswer(json(COMPLETION));
    checkWhole(json(COMPLETION));
    expect(errorOf(json(ERROR))).toEqual(ERROR.error);
    expect(checkStream(streamOf(FIRST, END, '[DONE]'))).toEqual({ isDone: true });
    expect(checkStream(streamOf(FIRST, ERROR))).toMatchObject({ isDone: false });
  });

  it.each<[string, string, () => unknown]>([
    ['an answer that does not end', 'hang', () => checkAnswer(answer({ hasEnded: false }))],
    ['an answer that is cut', 'envelope', () => checkAnswer(answer({ broken: 'the body is cut' }))],
    ['an answer without an id', 'envelope', () => checkAnswer(answer({}, { 'x-request-id': '' }))],
    ['status 500', 'server error', () => checkAnswer(answer({ status: 500 }))],
    ['an error without the envelope', 'envelope', () => errorOf(json({ message: 'no' }))],
    ['an error that is no JSON', 'envelope', () => errorOf(answer({ body: '<html>' }))],
    [
      'an error that nobody foresaw',
      'server error',
      () => errorOf(json({ error: { ...ERROR.error, code: 'internal_error' } })),
    ],
    ['a broken stream that ends as if whole', 'contract', () => checkStream(streamOf(FIRST, ERROR, '[DONE]'))],
    ['a whole stream without a finish reason', 'contract', () => checkStream(streamOf(FIRST, '[DONE]'))],
    ['a stream without an end', 'contract', () => checkStream(streamOf(FIRST, END))],
    ['a count that is none', 'contract', () => checkWhole(json({ ...COMPLETION, usage: { prompt_tokens: '1' } }))],
    ['a completion without a choice', 'contract', () => checkWhole(json({ ...COMPLETION, choices: [] }))],
  ])('refuse %s', (_what, kind, check) => {
    expect(check).toThrow(expect.objectContaining({ kind }));
  });
});
