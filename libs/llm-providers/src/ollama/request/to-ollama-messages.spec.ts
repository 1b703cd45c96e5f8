import { ApiError, type ChatMessage } from '@mana-llm/openai-api';
import { toOllamaMessages } from './to-ollama-messages.js';

const PNG = 'data:image/png;base64,iVBORw0KGgo=';
const text = (value: string) => ({ type: 'text', text: value });
const image = (url: string) => ({ type: 'image_url', image_url: { url } });
const call = (id: string, name: string, args = '{}') => ({ id, type: 'function', function: { name, arguments: args } });

const messages = (...list: unknown[]): ChatMessage[] => list as ChatMessage[];

function refusal(list: unknown[]): ApiError {
  try {
    toOllamaMessages(list as ChatMessage[]);
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(list)} was not refused`);
}

describe(toOllamaMessages.name, () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['a system message', { role: 'system', content: 'be brief' }, { role: 'system', content: 'be brief' }],
    [
      'a developer message as system',
      { role: 'developer', content: 'be brief' },
      { role: 'system', content: 'be brief' },
    ],
    [
      'a list of system parts',
      { role: 'system', content: [text('a'), text('b')] },
      { role: 'system', content: 'a\nb' },
    ],
    ['a user message', { role: 'user', content: 'hi' }, { role: 'user', content: 'hi' }],
    [
      'text parts as lines',
      { role: 'user', content: [text('one'), text('two')] },
      { role: 'user', content: 'one\ntwo' },
    ],
    [
      'images beside the text, in order',
      { role: 'user', content: [image(PNG), text('what is it?'), image('data:image/JPEG;base64,/9j/4AA=')] },
      { role: 'user', content: 'what is it?', images: ['iVBORw0KGgo=', '/9j/4AA='] },
    ],
    [
      'an image alone',
      { role: 'user', content: [image(PNG)] },
      { role: 'user', content: '', images: ['iVBORw0KGgo='] },
    ],
    [
      'media type parameters of a data URL',
      { role: 'user', content: [image('DATA:image/png;charset=x;BASE64,iVBORw0KGgo=')] },
      { role: 'user', content: '', images: ['iVBORw0KGgo='] },
    ],
    ['empty content', { role: 'user', content: '' }, { role: 'user', content: '' }],
    ['null content', { role: 'assistant', content: null }, { role: 'assistant', content: '' }],
    ['no content', { role: 'assistant' }, { role: 'assistant', content: '' }],
    [
      'a refusal part',
      { role: 'assistant', content: [{ type: 'refusal', refusal: 'no' }] },
      { role: 'assistant', content: 'no' },
    ],
    ['a refusal', { role: 'assistant', content: null, refusal: 'no' }, { role: 'assistant', content: 'no' }],
    [
      'reasoning_content as thinking',
      { role: 'assistant', content: 'x', reasoning_content: 'hm', reasoning: 'other' },
      { role: 'assistant', content: 'x', thinking: 'hm' },
    ],
    [
      'reasoning as thinking',
      { role: 'assistant', content: 'x', reasoning: 'hm' },
      { role: 'assistant', content: 'x', thinking: 'hm' },
    ],
    [
      'calls with their arguments as an object',
      { role: 'assistant', content: null, tool_calls: [call('c1', 'weather', '{"city":"Köln","days":[1,2]}')] },
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ id: 'c1', function: { name: 'weather', arguments: { city: 'Köln', days: [1, 2] } } }],
      },
    ],
    [
      'a call without arguments',
      { role: 'assistant', tool_calls: [{ id: 'c1', function: { name: 'now', arguments: '' } }] },
      { role: 'assistant', content: '', tool_calls: [{ id: 'c1', function: { name: 'now', arguments: {} } }] },
    ],
    [
      'the old function_call',
      { role: 'assistant', content: null, function_call: { name: 'now', arguments: '{"a":1}' } },
      { role: 'assistant', content: '', tool_calls: [{ function: { name: 'now', arguments: { a: 1 } } }] },
    ],
    ['empty tool_calls', { role: 'assistant', content: 'x', tool_calls: null }, { role: 'assistant', content: 'x' }],
    [
      'the old function role',
      { role: 'function', name: 'now', content: '12:00' },
      { role: 'tool', content: '12:00', tool_name: 'now' },
    ],
    [
      'a function that gave nothing',
      { role: 'function', name: 'now', content: null },
      { role: 'tool', content: '', tool_name: 'now' },
    ],
    ['the name of a single user', { role: 'user', name: 'Ada', content: 'hi' }, { role: 'user', content: 'hi' }],
  ])('maps %s', (_, message, expected) => {
    expect(toOllamaMessages(messages(message))).toEqual([expected]);
  });

  it('names the function of each tool result by the id of its call', () => {
    const mapped = toOllamaMessages(
      messages(
        { role: 'assistant', tool_calls: [call('a', 'weather'), call('b', 'search')] },
        { role: 'tool', tool_call_id: 'b', content: [text('found'), text('more')] },
        { role: 'tool', tool_call_id: 'a', content: 'sunny' },
      ),
    );
    expect(mapped.slice(1)).toEqual([
      { role: 'tool', content: 'found\nmore', tool_name: 'search', tool_call_id: 'b' },
      { role: 'tool', content: 'sunny', tool_name: 'weather', tool_call_id: 'a' },
    ]);
  });

  it('takes the later of two calls with one id', () => {
    const mapped = toOllamaMessages(
      messages(
        { role: 'assistant', tool_calls: [call('same', 'first')] },
        { role: 'tool', tool_call_id: 'same', content: '1' },
        { role: 'assistant', tool_calls: [call('same', 'second')] },
        { role: 'tool', tool_call_id: 'same', content: '2' },
      ),
    );
    expect(mapped.filter(({ role }) => role === 'tool').map(({ tool_name }) => tool_name)).toEqual(['first', 'second']);
  });

  it('sends a result whose call is not in the conversation without a function name', () => {
    const mapped = toOllamaMessages(messages({ role: 'tool', tool_call_id: 'gone', content: 'x' }));
    expect(mapped).toEqual([{ role: 'tool', content: 'x', tool_call_id: 'gone' }]);
  });

  it('tells users apart by name where there are several', () => {
    const mapped = toOllamaMessages(
      messages(
        { role: 'user', name: 'Ada', content: 'hi' },
        { role: 'user', name: 'Bob', content: [text('hello'), image(PNG)] },
        { role: 'user', content: 'nobody' },
      ),
    );
    expect(mapped.map(({ content }) => content)).toEqual(['Ada: hi', 'Bob: hello', 'nobody']);
    expect(mapped[1]?.images).toEqual(['iVBORw0KGgo=']);
  });

  it.each<[string, Record<string, unknown>]>([
    ['messages[1].content[1].type', { role: 'user', content: [text('x'), { type: 'input_audio', input_audio: {} }] }],
    ['messages[1].content[0].type', { role: 'user', content: [{ type: 'file', file: {} }] }],
    ['messages[1].content[0].type', { role: 'user', content: [{ type: 'video_url' }] }],
    ['messages[1].content[0].image_url.url', { role: 'user', content: [image('https://example.org/a.png')] }],
    ['messages[1].content[0].image_url.url', { role: 'user', content: [image('HTTP://example.org/a,b.png')] }],
    ['messages[1].content[0].image_url.url', { role: 'user', content: [image('iVBORw0KGgo=')] }],
    ['messages[1].content[0].image_url.url', { role: 'user', content: [image('data:image/svg+xml,%3Csvg/%3E')] }],
    ['messages[1].content[0].image_url.url', { role: 'user', content: [image('data:text/plain;base64,QUI=')] }],
    ['messages[1].content[0].image_url.url', { role: 'user', content: [image('data:image/png;base64,')] }],
    ['messages[1].content[0].image_url.url', { role: 'user', content: [image('data:image/png;base64,QUI=')] }],
    ['messages[1].content[0].image_url.url', { role: 'user', content: [{ type: 'image_url' }] }],
    ['messages[1].audio', { role: 'assistant', content: null, audio: { id: 'a' } }],
    [
      'messages[1].tool_calls[1].type',
      { role: 'assistant', tool_calls: [call('a', 'f'), { id: 'b', type: 'custom', custom: {} }] },
    ],
    ['messages[1].tool_calls[0].function.arguments', { role: 'assistant', tool_calls: [call('a', 'f', '{"city"')] }],
    ['messages[1].tool_calls[0].function.arguments', { role: 'assistant', tool_calls: [call('a', 'f', '[1]')] }],
    ['messages[1].tool_calls[0].function.arguments', { role: 'assistant', tool_calls: [call('a', 'f', 'null')] }],
    ['messages[1].function_call.arguments', { role: 'assistant', function_call: { name: 'f', arguments: 'x' } }],
    ['messages[1].role', { role: 'robot', content: 'x' }],
  ])('refuses, naming %s: %j', (param, message) => {
    const error = refusal([{ role: 'user', content: 'hi' }, message]);
    expect(error.status).toBe(400);
    expect(error.param).toBe(param);
  });

  it('says what to send instead of an address', () => {
    expect(refusal([{ role: 'user', content: [image('https://example.org/a.png')] }]).message).toContain('data URL');
  });
});
