import { ChunkNormalizer } from '../stream/chunk-normalizer.js';
import { openAiCompletion } from '../testing/openai-completion.js';
import { fromWholeAnswer } from './from-whole-answer.js';

const SOURCE = { provider: 'p', model: 'm' };

describe(fromWholeAnswer.name, () => {
  it('gives a chunk that a stream can be made of', () => {
    const normalizer = new ChunkNormalizer(SOURCE);
    const raw = openAiCompletion({ message: { content: 'Hi', reasoning: 'hm' }, system_fingerprint: 'fp' });
    const chunks = [...normalizer.push(fromWholeAnswer(raw, SOURCE)), ...normalizer.end()];
    const frame = { id: 'chatcmpl-fake', object: 'chat.completion.chunk', created: 1_760_000_000, model: 'p/m' };
    const delta = { role: 'assistant', content: 'Hi', reasoning: 'hm', reasoning_content: 'hm' };
    expect(chunks).toEqual([
      { ...frame, system_fingerprint: 'fp', choices: [{ index: 0, delta, finish_reason: null }] },
      { ...frame, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
      { ...frame, choices: [], usage: raw['usage'] },
    ]);
  });

  it('numbers the tool calls', () => {
    const called = (name: string): object => ({ type: 'function', id: name, function: { name, arguments: '{}' } });
    const raw = openAiCompletion({ finish_reason: 'tool_calls' });
    raw['choices'] = [{ message: { tool_calls: [called('f'), called('g')] }, finish_reason: 'tool_calls' }];
    expect(fromWholeAnswer(raw, SOURCE)).toMatchObject({
      choices: [
        {
          delta: {
            tool_calls: [
              { index: 0, ...called('f') },
              { index: 1, ...called('g') },
            ],
          },
        },
      ],
    });
  });

  it.each([{}, { choices: [] }, { message: 'Hi' }, { choices: [{ message: { content: 'Hi' } }] }])(
    'refuses %j, which is no answer',
    (raw) => {
      expect(() => fromWholeAnswer(raw, SOURCE)).toThrow(expect.objectContaining({ kind: 'bad_response' }));
    },
  );
});
