import type { JsonObject } from '@mana-llm/openai-api';
import type { OllamaChatResponse } from '../ollama-api.js';
import { createOllamaChunkMapper } from './from-ollama-stream.js';

const DEFAULT_READING = { isJson: false, hasOneCallAtMost: false };

const mapAll = (lines: OllamaChatResponse[], reading = {}): JsonObject[] =>
  lines.map(createOllamaChunkMapper({ ...DEFAULT_READING, ...reading }));
const choiceOf = (chunk: JsonObject | undefined) =>
  (chunk?.['choices'] as { delta: JsonObject; finish_reason: string | null; logprobs?: unknown }[])[0];
const textOf = (chunks: JsonObject[]): string[] => chunks.map((chunk) => choiceOf(chunk)?.delta['content'] as string);

const line = (content: string): OllamaChatResponse => ({ message: { content }, done: false });
const callLine = (...names: string[]): OllamaChatResponse => ({
  message: {
    content: '',
    tool_calls: names.map((name) => ({ function: { index: 0, name, arguments: { of: name } } })),
  },
  done: false,
});
const LAST: OllamaChatResponse = {
  message: { content: '' },
  done: true,
  done_reason: 'stop',
  eval_count: 2,
  prompt_eval_count: 3,
};

describe(createOllamaChunkMapper.name, () => {
  it('maps the lines of a stream', () => {
    expect(mapAll([{ ...line('Hi'), created_at: '2026-08-01T10:00:00Z' }, LAST])).toEqual([
      {
        created: 1785578400,
        system_fingerprint: 'fp_ollama',
        choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: null }],
      },
      {
        system_fingerprint: 'fp_ollama',
        usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
        choices: [{ index: 0, delta: { content: '' }, finish_reason: 'stop' }],
      },
    ]);
  });

  it('maps thinking', () => {
    const [chunk] = mapAll([{ message: { content: '', thinking: 'hm' } }]);
    expect(choiceOf(chunk)?.delta).toEqual({ content: '', reasoning_content: 'hm' });
  });

  it('maps log probabilities on the line they come with', () => {
    const [chunk] = mapAll([{ ...line('a'), logprobs: [{ token: 'a', logprob: -1, bytes: [97] }] }]);
    expect(choiceOf(chunk)?.logprobs).toEqual({
      content: [{ token: 'a', logprob: -1, bytes: [97], top_logprobs: [] }],
      refusal: null,
    });
  });

  it('maps the end at the limit', () => {
    const [chunk] = mapAll([{ ...LAST, done_reason: 'length' }]);
    expect(choiceOf(chunk)?.finish_reason).toBe('length');
  });

  it('numbers the calls of the whole stream, whatever index Ollama gives them', () => {
    const chunks = mapAll([callLine('a'), line(''), callLine('b', 'c'), LAST]);
    const calls = chunks.flatMap((chunk) => choiceOf(chunk)?.delta['tool_calls'] ?? []);
    expect(calls).toEqual([
      { index: 0, type: 'function', function: { name: 'a', arguments: '{"of":"a"}' } },
      { index: 1, type: 'function', function: { name: 'b', arguments: '{"of":"b"}' } },
      { index: 2, type: 'function', function: { name: 'c', arguments: '{"of":"c"}' } },
    ]);
  });

  it('keeps the first call alone where the caller allows no parallel ones', () => {
    const chunks = mapAll([callLine('a', 'b'), callLine('c'), LAST], { hasOneCallAtMost: true });
    const calls = chunks.flatMap((chunk) => choiceOf(chunk)?.delta['tool_calls'] ?? []);
    expect(calls).toMatchObject([{ index: 0, function: { name: 'a' } }]);
  });

  it('unwraps a code fence over the lines when JSON was asked for', () => {
    const lines = [line('``'), line('`json\n'), line('{"a"'), line(':1}\n```'), LAST];
    expect(textOf(mapAll(lines, { isJson: true }))).toEqual(['', '', '{"a"', ':1}', '']);
    expect(textOf(mapAll(lines)).join('')).toBe('```json\n{"a":1}\n```');
  });

  it('gives what was held back with the last line', () => {
    expect(textOf(mapAll([line('```json\n{"a":1}'), line('\n``'), LAST], { isJson: true }))).toEqual([
      '{"a":1}',
      '',
      '\n``',
    ]);
  });

  describe('with a call asked for by a schema', () => {
    const reading = { isJson: true, forcedCall: { provider: 'ollama', names: ['weather'] } };
    const lines = [line('{"name":"wea'), line('ther","arguments":{"city":"Rome"}}')];
    const call = { index: 0, type: 'function', function: { name: 'weather', arguments: '{"city":"Rome"}' } };

    it('gives the call whole with the last line, and none of its text', () => {
      const chunks = mapAll([...lines, LAST], reading);
      expect(textOf(chunks)).toEqual(['', '', '']);
      expect(chunks.map((chunk) => choiceOf(chunk)?.delta['tool_calls'])).toEqual([undefined, undefined, [call]]);
    });

    it('gives the thinking before it as it comes', () => {
      const chunks = mapAll([{ message: { content: '', thinking: 'hm' } }, ...lines, LAST], reading);
      expect(choiceOf(chunks[0])?.delta['reasoning_content']).toBe('hm');
      expect(choiceOf(chunks.at(-1))?.delta['tool_calls']).toEqual([call]);
    });

    it('takes a fence off around it', () => {
      const chunks = mapAll([line('```json\n'), ...lines, line('\n```'), LAST], reading);
      expect(choiceOf(chunks.at(-1))?.delta).toEqual({ content: '', tool_calls: [call] });
    });

    it('keeps to the calls that Ollama itself has read', () => {
      const chunks = mapAll([callLine('weather'), LAST], reading);
      expect(chunks.flatMap((chunk) => choiceOf(chunk)?.delta['tool_calls'] ?? [])).toHaveLength(1);
    });

    it('gives the text of half a call that ended at the limit', () => {
      const chunks = mapAll([line('{"name":'), { ...LAST, done_reason: 'length' }], reading);
      expect(choiceOf(chunks.at(-1))).toMatchObject({ delta: { content: '{"name":' }, finish_reason: 'length' });
    });

    it('fails at text that is no call', () => {
      expect(() => mapAll([line('It rains.'), LAST], reading)).toThrow('did not call a tool');
    });
  });

  it.each<OllamaChatResponse>([
    {},
    { message: null },
    { message: 'x' as never },
    { message: { content: { toString: 1 }, thinking: [], tool_calls: [null] } },
  ])('maps a line that says nothing to a chunk that says nothing: %j', (said) => {
    for (const isJson of [false, true]) {
      const [chunk] = mapAll([said], { isJson });
      expect(choiceOf(chunk)).toEqual({ index: 0, delta: { content: '' }, finish_reason: null });
    }
  });
});
