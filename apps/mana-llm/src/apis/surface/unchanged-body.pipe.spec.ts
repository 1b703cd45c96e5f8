import { ChatCompletionRequestDto, EmbeddingRequestDto } from '@mana-llm/openai-api/checks';
import type { ApiError } from '@mana-llm/openai-api';
import type { ArgumentMetadata } from '@nestjs/common';
import { UnchangedBodyPipe } from './unchanged-body.pipe.js';

const CHAT: ArgumentMetadata = { type: 'body', metatype: ChatCompletionRequestDto };
const EMBEDDING: ArgumentMetadata = { type: 'body', metatype: EmbeddingRequestDto };
const HELLO = { role: 'user', content: 'Hello' };

function refusal(value: unknown, metadata = CHAT): ApiError | undefined {
  try {
    new UnchangedBodyPipe().transform(value, metadata);
    return undefined;
  } catch (error) {
    return error as ApiError;
  }
}

describe(UnchangedBodyPipe.name, () => {
  it.each([
    ['keys that class-transformer and Nest take away', '{"constructor":1,"prototype":{"a":1},"__proto__":{"b":2}}'],
    [
      'a schema with a property named constructor',
      '{"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"constructor":{"type":"string"},"__proto__":{"type":"string"},"prototype":{}}}}}]}',
    ],
    [
      'a message with such keys',
      '{"messages":[{"role":"user","content":"x","constructor":"y","prototype":2,"__proto__":[1]}]}',
    ],
    [
      'fields that nobody models',
      '{"safety_identifier":"u","web_search_options":{"a":[null,{"b":[]}]},"n":1,"user":null,"x":0.1}',
    ],
    [
      'a schema for the answer',
      '{"response_format":{"type":"json_schema","json_schema":{"name":"a","strict":true,"schema":{"$defs":{}}}}}',
    ],
    [
      'parts of unknown types',
      '{"messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AA=="}}]}]}',
    ],
  ])('hands on %s as they came', (_what, text) => {
    const withMessages = `{"messages":[${JSON.stringify(HELLO)}],${text.slice(1)}`;
    const body: unknown = JSON.parse(withMessages);
    expect(new UnchangedBodyPipe().transform(body, CHAT)).toBe(body);
    expect(JSON.stringify(body)).toBe(JSON.stringify(JSON.parse(withMessages)));
    expect(({} as { b?: unknown }).b).toBeUndefined();
  });

  it.each([
    ['a query', { type: 'query', metatype: String }],
    ['a parameter', { type: 'param', metatype: String }],
    ['what a decorator of ours gives', { type: 'custom', metatype: Object }],
    ['a body without a class', { type: 'body' }],
  ] satisfies [string, ArgumentMetadata][])('lets %s pass', (_what, metadata) => {
    expect(new UnchangedBodyPipe().transform('anything', metadata)).toBe('anything');
  });

  it.each([[undefined], [null], ['text'], [7], [[]], [[{ messages: [HELLO] }]]])('refuses %j for a body', (value) => {
    expect(refusal(value)).toMatchObject({
      message: 'The body must be a JSON object.',
      type: 'invalid_request_error',
      param: null,
    });
  });

  it.each<[object, string, string | RegExp]>([
    [{}, 'messages', 'messages must be an array'],
    [{ messages: null }, 'messages', 'messages must be an array'],
    [{ messages: 'hi' }, 'messages', 'messages must be an array'],
    [{ messages: { length: 1, 0: HELLO } }, 'messages', 'messages must be an array'],
    [{ messages: [] }, 'messages', 'messages should not be empty'],
    [{ messages: ['hi'] }, 'messages[0]', 'messages must hold objects, each with a role and content'],
    [{ messages: [HELLO, null] }, 'messages[1]', 'messages must hold objects, each with a role and content'],
    [{ messages: [[]] }, 'messages[0]', 'messages must hold objects, each with a role and content'],
    [{ messages: [[HELLO]] }, 'messages[0]', 'messages must hold objects, each with a role and content'],
    [
      { messages: [HELLO, { role: 'boss', content: 'x' }] },
      'messages[1].role',
      /must be one of .*system, developer, user/,
    ],
    [{ messages: [{ content: 'x' }] }, 'messages[0].role', /must be one of/],
    [{ messages: [{ role: 'user' }] }, 'messages[0].content', 'content must be a string or a list of content parts'],
    [
      { messages: [{ role: 'user', content: 7 }] },
      'messages[0].content',
      'content must be a string or a list of content parts',
    ],
    [{ messages: [{ role: 'user', content: { 0: 'x' } }] }, 'messages[0].content', /string or a list/],
    [{ messages: [{ role: 'user', content: [] }] }, 'messages[0].content', 'content must not be an empty list'],
    [
      { messages: [HELLO, HELLO, { role: 'user', content: [{}] }] },
      'messages[2].content[0].type',
      'type must be a string',
    ],
    [{ messages: [{ role: 'user', content: ['x'] }] }, 'messages[0].content[0]', /must hold content parts/],
    [
      { messages: [{ role: 'user', content: [{ type: 'text' }] }] },
      'messages[0].content[0].text',
      'text must be a string',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: 'x' }] }] },
      'messages[0].content[0].image_url',
      'image_url must be an object',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }] },
      'messages[0].content[0].image_url.url',
      'url must be a string',
    ],
    [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].tool_call_id', 'tool_call_id must be a string'],
    [
      { messages: [{ role: 'assistant', tool_calls: [{ id: 'a', function: { name: 'f' } }] }] },
      'messages[0].tool_calls[0].function.arguments',
      'arguments must be a string',
    ],
    [{ messages: [HELLO], temperature: 'hot' }, 'temperature', /^temperature must be a number/],
    [{ messages: [HELLO], temperature: 3 }, 'temperature', 'temperature must not be greater than 2'],
    [{ messages: [HELLO], stream: 'true' }, 'stream', 'stream must be a boolean value'],
    [{ messages: [HELLO], stream_options: [] }, 'stream_options', 'stream_options must be an object'],
    [{ messages: [HELLO], tools: [{ type: 'function' }] }, 'tools[0].function', /function/],
    [
      { messages: [HELLO], tools: [{ type: 'function', function: {} }] },
      'tools[0].function.name',
      'name must be a string',
    ],
    [{ messages: [HELLO], n: 0 }, 'n', 'n must not be less than 1'],
    [
      { messages: [HELLO], model: '' },
      'model',
      'model must be a string of 1 to 256 characters, without control characters',
    ],
  ])('refuses %j', (body, param, message) => {
    const error = refusal(body);
    expect(error).toMatchObject({ type: 'invalid_request_error', param, code: null });
    const [, told] = /^Invalid value for '[^']+': (.*)\.$/.exec(error?.message ?? '') ?? [];
    expect(told).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  });

  it.each([
    [
      'nulls for what is optional',
      { messages: [HELLO], temperature: null, tools: null, stream: null, stop: null, model: null },
    ],
    ['an assistant without content', { messages: [HELLO, { role: 'assistant', content: null, tool_calls: null }] }],
    ['a custom tool', { messages: [HELLO], tools: [{ type: 'custom', custom: { name: 'x' } }] }],
  ])('accepts %s', (_what, body) => {
    expect(refusal(body)).toBeUndefined();
  });

  it('accepts a value that is nested more deeply than the stack', () => {
    let metadata: unknown = 1;
    for (let depth = 0; depth < 50_000; depth += 1) metadata = [metadata];
    expect(refusal({ messages: [HELLO], metadata })).toBeUndefined();
  });

  // The bounds are some twenty times what a quiet machine needs; what they stop are copies that took seconds.
  it.each<[string, ArgumentMetadata, object]>([
    [
      '1,000 messages',
      CHAT,
      { messages: Array.from({ length: 1000 }, () => ({ role: 'user', content: [{ type: 'text', text: 'x' }] })) },
    ],
    [
      'a million tokens',
      EMBEDDING,
      { input: Array.from({ length: 2000 }, () => Array.from({ length: 500 }, (_, token) => token)) },
    ],
  ])('checks %s in a moment', (_what, metadata, body) => {
    refusal(body, metadata);
    const { user: before } = process.cpuUsage();
    expect(refusal(body, metadata)).toBeUndefined();
    expect((process.cpuUsage().user - before) / 1000).toBeLessThan(1000);
  });
});
