import type { ChatCompletionChunk, ChunkChoice } from '@mana-llm/openai-api';
import fc from 'fast-check';
import { CompletionFold } from './fold-chunks.js';

const chunk = (choices: Partial<ChunkChoice>[], fields: Record<string, unknown> = {}): ChatCompletionChunk => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1_700_000_000,
  model: 'groq/x',
  choices: choices.map((choice) => ({ index: 0, delta: {}, finish_reason: null, ...choice })),
  ...fields,
});

function fold(chunks: ChatCompletionChunk[]): CompletionFold {
  const folded = new CompletionFold();
  for (const one of chunks) folded.add(one);
  return folded;
}

describe(CompletionFold.name, () => {
  it('joins the texts of a choice and keeps its end and the usage', () => {
    const whole = fold([
      chunk([{ delta: { role: 'assistant', content: '' } }]),
      chunk([{ delta: { content: 'Hel' } }]),
      chunk([{ delta: { content: 'lo' } }]),
      chunk([{ finish_reason: 'stop' }]),
      chunk([], { usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } }),
    ]).toCompletion();
    expect(whole).toEqual({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: 'groq/x',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    });
  });

  it('gives the choices in order, whatever order they came in', () => {
    const { choices } = fold([
      chunk([{ index: 1, delta: { content: 'b' } }]),
      chunk([{ index: 0, delta: { content: 'a' }, finish_reason: 'stop' }]),
      chunk([{ index: 1, finish_reason: 'length' }]),
    ]).toCompletion();
    expect(choices.map(({ index, message, finish_reason }) => [index, message.content, finish_reason])).toEqual([
      [0, 'a', 'stop'],
      [1, 'b', 'length'],
    ]);
  });

  it('puts the pieces of tool calls together by their index', () => {
    const { choices } = fold([
      chunk([
        { delta: { tool_calls: [{ index: 0, id: 'c0', type: 'function', function: { name: 'f', arguments: '' } }] } },
      ]),
      chunk([{ delta: { tool_calls: [{ index: 1, id: 'c1', function: { name: 'g', arguments: '{}' } }] } }]),
      chunk([{ delta: { tool_calls: [{ index: 0, function: { arguments: '{"a"' } }] } }]),
      chunk([{ delta: { tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }, finish_reason: 'tool_calls' }]),
    ]).toCompletion();
    expect(choices[0]?.message.content).toBeNull();
    expect(choices[0]?.message.tool_calls).toEqual([
      { id: 'c0', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
      { id: 'c1', type: 'function', function: { name: 'g', arguments: '{}' } },
    ]);
  });

  it('joins reasoning, refusals, lists and log probabilities', () => {
    const first = chunk([
      { delta: { reasoning_content: 'th', refusal: 'n', images: [1] }, logprobs: { content: [{ token: 'a' }] } },
    ]);
    const { choices } = fold([
      first,
      chunk([
        { delta: { reasoning_content: 'ink', refusal: 'o', images: [2] }, logprobs: { content: [{ token: 'b' }] } },
      ]),
      chunk([{ finish_reason: 'stop', logprobs: null }]),
    ]).toCompletion();
    expect(choices[0]?.message).toMatchObject({ reasoning_content: 'think', refusal: 'no', images: [1, 2] });
    expect(choices[0]?.logprobs).toEqual({ content: [{ token: 'a' }, { token: 'b' }] });
    expect(first.choices[0]?.delta['images']).toEqual([1]);
  });

  it('is whole when each choice that began has ended', () => {
    const folded = fold([chunk([{ delta: { content: 'a' } }])]);
    expect(folded.isWhole).toBe(false);
    folded.add(chunk([{ finish_reason: 'stop' }]));
    expect(folded.isWhole).toBe(true);
    folded.add(chunk([{ index: 1, delta: { content: 'b' } }]));
    expect(folded.isWhole).toBe(false);
  });

  it('keeps a field named __proto__ a field', () => {
    const delta = JSON.parse('{"__proto__":{"polluted":true}}') as Record<string, unknown>;
    const { choices } = fold([chunk([{ delta, finish_reason: 'stop' }])]).toCompletion();
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(choices[0]?.message['polluted']).toBeUndefined();
  });

  it('gives the same text for every cut of it', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (pieces) => {
        const folded = fold(pieces.map((content) => chunk([{ delta: { content } }])));
        expect(folded.text).toBe(pieces.join(''));
      }),
    );
  });
});
