import { ollamaLine, ollamaStream } from './ollama-answer.js';
import { openAiChunk } from './openai-chunk.js';
import { openAiStream } from './openai-stream.js';

describe('answer builders', () => {
  it('puts the fields of a choice into the choice and the others beside it', () => {
    expect(openAiChunk({ delta: { content: 'Hi' }, index: 1, finish_reason: 'stop', id: 'x', usage: null })).toEqual({
      id: 'x',
      object: 'chat.completion.chunk',
      created: expect.any(Number) as number,
      model: 'fake-model',
      choices: [{ index: 1, delta: { content: 'Hi' }, finish_reason: 'stop' }],
      usage: null,
    });
  });

  it('builds a whole OpenAI stream', () => {
    const events = openAiStream(['Hi', { reasoning: 'hm' }])
      .split('\n\n')
      .filter(Boolean);
    expect(events).toHaveLength(6);
    expect(events[1]).toContain('"delta":{"content":"Hi"}');
    expect(events[2]).toContain('"delta":{"reasoning":"hm"}');
    expect(events[3]).toContain('"finish_reason":"stop"');
    expect(events[4]).toContain('"usage":{"prompt_tokens":7');
    expect(events[5]).toBe('data: [DONE]');
  });

  it('leaves the usage frame out for a provider that tells none', () => {
    expect(openAiStream(['Hi'], { usage: null })).not.toContain('usage');
  });

  it('builds Ollama lines, the message apart from the rest', () => {
    expect(JSON.parse(ollamaLine({ content: 'Hi', thinking: 'hm', done: true }))).toMatchObject({
      message: { role: 'assistant', content: 'Hi', thinking: 'hm' },
      done: true,
    });
  });

  it('ends an Ollama stream with its last line', () => {
    const lines = ollamaStream(['a', 'b'], { done_reason: 'length' }).trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { done: boolean }).done)).toEqual([false, false, true]);
    expect(lines[2]).toContain('"done_reason":"length"');
  });
});
