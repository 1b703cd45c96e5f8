import type { ChatCompletionRequest } from '@mana-llm/openai-api';
import { toSampling } from './to-sampling.js';

const request = (fields: object): ChatCompletionRequest => ({ messages: [{ role: 'user', content: 'Hi' }], ...fields });

describe(toSampling.name, () => {
  it.each([
    [
      {},
      { temperature: 1, topP: 0.95, topK: 64, minP: 0, frequencyPenalty: 0, presencePenalty: 0, repetitionPenalty: 1 },
    ],
    [
      { temperature: 0, top_p: 0.5 },
      { temperature: 0, topP: 0.5 },
    ],
    [
      { temperature: null, top_p: null, seed: null },
      { temperature: 1, topP: 0.95 },
    ],
    [
      { frequency_penalty: -1, presence_penalty: 2 },
      { frequencyPenalty: -1, presencePenalty: 2 },
    ],
    [
      { top_k: 5, min_p: 0.1, repetition_penalty: 1.2 },
      { topK: 5, minP: 0.1, repetitionPenalty: 1.2 },
    ],
    [{ seed: 7 }, { seed: 7 }],
    [{ seed: -1 }, { seed: 2 ** 32 - 1 }],
    [{ seed: 2 ** 32 + 3 }, { seed: 3 }],
  ])('%j gives %j', (fields, expected) => {
    expect(toSampling(request(fields), 0)).toMatchObject(expected);
  });

  it('gives each choice a seed of its own', () => {
    expect([0, 1].map((choice) => toSampling(request({ seed: 7 }), choice).seed)).toEqual([7, 8]);
  });

  it('refuses an extension that is no number, naming it', () => {
    expect(() => toSampling(request({ top_k: 'many' }), 0)).toThrow('top_k must be a number');
  });
});
