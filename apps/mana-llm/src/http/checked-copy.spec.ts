import {
  ChatCompletionRequest,
  ChatMessage,
  ContentPart,
  FunctionDefinition,
  StreamOptions,
} from '@mana-llm/openai-api';
import { checkedCopy } from './checked-copy.js';

const parse = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

describe(checkedCopy.name, () => {
  it('makes instances of the classes that the rules stand on, at every depth', () => {
    const copy = checkedCopy(ChatCompletionRequest, {
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
        { role: 'assistant', content: 'Hello' },
      ],
      stream_options: { include_usage: true },
      tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }],
    });
    expect(copy).toBeInstanceOf(ChatCompletionRequest);
    expect(copy.messages[0]).toBeInstanceOf(ChatMessage);
    expect(copy.messages[0]?.content?.[0]).toBeInstanceOf(ContentPart);
    expect(copy.messages[1]?.content).toBe('Hello');
    expect(copy.stream_options).toBeInstanceOf(StreamOptions);
    expect(copy.tools?.[0]?.function).toBeInstanceOf(FunctionDefinition);
  });

  it('holds what has no class of its own by reference, and what has no rule not at all', () => {
    const parameters = { type: 'object' };
    const copy = checkedCopy(ChatCompletionRequest, {
      messages: [],
      temperature: 1,
      tools: [{ type: 'function', function: { name: 'f', parameters } }],
      metadata: { deep: [] },
    });
    expect(copy.tools?.[0]?.function?.parameters).toBe(parameters);
    expect(copy.temperature).toBe(1);
    expect(copy).not.toHaveProperty('metadata');
  });

  it('gives no value to a field that was not sent', () => {
    const copy = checkedCopy(ChatMessage, { role: 'user', content: null });
    expect(Object.entries(copy).filter(([, value]) => value !== undefined)).toEqual([
      ['role', 'user'],
      ['content', null],
    ]);
  });

  it.each([
    ['texts', { messages: ['hello'] }, ['hello']],
    ['null', { messages: [null] }, [null]],
    ['a list, as null', { messages: [[{ role: 'user' }]] }, [null]],
  ])('leaves %s in the place of an object to the rules', (_what, body, expected) => {
    expect(checkedCopy(ChatCompletionRequest, body).messages).toEqual(expected);
  });

  it('never sets a prototype', () => {
    const copy = checkedCopy(
      ChatMessage,
      parse('{"role":"user","content":"x","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'),
    );
    expect(Object.getPrototypeOf(copy)).toBe(ChatMessage.prototype);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
