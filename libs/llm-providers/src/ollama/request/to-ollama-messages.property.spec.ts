import type { ChatMessage, ContentPart, ToolCall } from '@mana-llm/openai-api';
import fc from 'fast-check';
import type { OllamaMessage } from '../ollama-api.js';
import { toOllamaMessages } from './to-ollama-messages.js';

/** A PNG's signature and what makes this one different from the others. */
const toPng = (tail: Uint8Array): string =>
  Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]), tail]).toString('base64');

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', ' ', '\n', '```json', '\u0000', '😀', '"', 'user: hi'),
);
const name = fc.option(fc.constantFrom('Ada', 'Bob', 'get_weather'), { nil: undefined });
const textPart: fc.Arbitrary<ContentPart> = text.map((value) => ({ type: 'text', text: value }));
const imagePart: fc.Arbitrary<ContentPart> = fc.record({
  type: fc.constant('image_url'),
  image_url: fc.record({
    url: fc.uint8Array({ maxLength: 12 }).map((tail) => `data:image/png;base64,${toPng(tail)}`),
    detail: fc.constantFrom('auto' as const, 'low' as const, 'high' as const),
  }),
});
const partsOf = (part: fc.Arbitrary<ContentPart>): fc.Arbitrary<ContentPart[]> =>
  fc.array(part, { minLength: 1, maxLength: 5 });
const textContent = fc.oneof(text, partsOf(textPart));

const call: fc.Arbitrary<ToolCall> = fc.record({
  id: fc.constantFrom('call_1', 'call_2', 'call_3'),
  type: fc.constant('function'),
  function: fc.record({
    name: fc.constantFrom('get_weather', 'get_time'),
    arguments: fc.dictionary(text, fc.jsonValue({ maxDepth: 2 })).map((value) => JSON.stringify(value)),
  }),
});

const message: fc.Arbitrary<ChatMessage> = fc.oneof(
  fc.record({ role: fc.constantFrom('system' as const, 'developer' as const), content: textContent, name }),
  fc.record({
    role: fc.constant('user' as const),
    content: fc.oneof(text, partsOf(fc.oneof(textPart, imagePart))),
    name,
  }),
  fc.record({
    role: fc.constant('assistant' as const),
    content: fc.oneof(textContent, fc.constant(null), fc.constant(undefined)),
    reasoning_content: fc.option(text),
    tool_calls: fc.option(fc.array(call, { maxLength: 3 })),
    name,
  }),
  fc.record({
    role: fc.constant('tool' as const),
    content: textContent,
    tool_call_id: fc.constantFrom('call_1', 'call_2', 'call_9'),
  }),
);
const conversation = fc.array(message, { minLength: 1, maxLength: 8 });

const partsIn = ({ content }: ChatMessage): ContentPart[] => (Array.isArray(content) ? content : []);

function textsOf(sent: ChatMessage): string[] {
  if (typeof sent.content === 'string') return [sent.content];
  return partsIn(sent).flatMap((part) => (part.type === 'text' ? (part.text ?? '') : []));
}

const imagesOf = (sent: ChatMessage): string[] =>
  partsIn(sent).flatMap((part) => part.image_url?.url.split(',')[1] ?? []);

/** What a model would be given, message by message, in pairs with what was sent. */
function pairs(messages: ChatMessage[]): [ChatMessage, OllamaMessage][] {
  const mapped = toOllamaMessages(messages);
  expect(mapped).toHaveLength(messages.length);
  return mapped.map((given, index) => [messages[index] as ChatMessage, given]);
}

const holds = (check: (sent: ChatMessage, given: OllamaMessage) => void): void =>
  fc.assert(
    fc.property(conversation, (messages) => {
      for (const [sent, given] of pairs(messages)) check(sent, given);
    }),
    { numRuns: 500 },
  );

describe(`${toOllamaMessages.name}, for any valid list of messages`, () => {
  it('keeps the messages in their order, each in its role', () => {
    holds((sent, given) => expect(given.role).toBe(sent.role === 'developer' ? 'system' : sent.role));
  });

  it('keeps all text, in order, whole, and adds at most the speaker’s name before it', () => {
    holds((sent, given) => {
      const whole = textsOf(sent).join('\n');
      const named = `${sent.name}: ${whole}`;
      expect([whole, ...(sent.role === 'user' && sent.name ? [named] : [])]).toContain(given.content);
    });
  });

  it('keeps all images, in order, byte for byte', () => {
    holds((sent, given) => expect(given.images ?? []).toEqual(imagesOf(sent)));
  });

  it('keeps all reasoning', () => {
    holds((sent, given) => expect(given.thinking ?? '').toBe(sent.reasoning_content ?? ''));
  });

  it('keeps all calls, with their ids, names and arguments', () => {
    holds((sent, given) => {
      const calls = (given.tool_calls ?? []).map(({ id, function: { name: called, arguments: args } }) => ({
        id,
        called,
        args,
      }));
      const expected = (sent.tool_calls ?? []).map(({ id, function: definition }) => ({
        id,
        called: definition?.name,
        args: JSON.parse(definition?.arguments ?? '') as unknown,
      }));
      expect(JSON.parse(JSON.stringify(calls))).toEqual(JSON.parse(JSON.stringify(expected)));
    });
  });

  it('keeps what a result answers, by the call’s id and, where the call is there, its function’s name', () => {
    fc.assert(
      fc.property(conversation, (messages) => {
        const names = new Map<string, string>();
        for (const [sent, given] of pairs(messages)) {
          for (const { id, function: definition } of sent.tool_calls ?? []) names.set(id, definition?.name ?? '');
          if (sent.role !== 'tool') continue;
          expect(given.tool_call_id).toBe(sent.tool_call_id);
          expect(given.tool_name).toBe(names.get(sent.tool_call_id ?? ''));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('leaves the messages that were sent as they are', () => {
    fc.assert(
      fc.property(conversation, (messages) => {
        const before = JSON.stringify(messages);
        toOllamaMessages(messages);
        expect(JSON.stringify(messages)).toBe(before);
      }),
    );
  });
});
