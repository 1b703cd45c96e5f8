import type { ChatMessage } from '@mana-llm/openai-api';
import { toChatHistory } from './to-chat-history.js';

const CALL = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Berlin"}' } };
const OPEN = { type: 'model', response: [] };

describe(toChatHistory.name, () => {
  it.each<[string, ChatMessage[], object[]]>([
    ['a system message', [{ role: 'system', content: 'Be brief.' }], [{ type: 'system', text: 'Be brief.' }, OPEN]],
    [
      'a developer message',
      [{ role: 'developer', content: 'Be brief.' }],
      [{ type: 'system', text: 'Be brief.' }, OPEN],
    ],
    ['a user message', [{ role: 'user', content: 'Hi' }], [{ type: 'user', text: 'Hi' }, OPEN]],
    [
      'text parts',
      [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'One' },
            { type: 'text', text: 'two' },
          ],
        },
      ],
      [{ type: 'user', text: 'One\ntwo' }, OPEN],
    ],
    [
      'an earlier answer',
      [
        { role: 'assistant', content: 'Hello' },
        { role: 'user', content: 'Hi' },
      ],
      [{ type: 'model', response: ['Hello'] }, { type: 'user', text: 'Hi' }, OPEN],
    ],
    [
      'an answer to be continued',
      [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hel' },
      ],
      [
        { type: 'user', text: 'Hi' },
        { type: 'model', response: ['Hel'] },
      ],
    ],
    [
      'a refusal',
      [{ role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] }],
      [{ type: 'model', response: ['No.'] }],
    ],
    [
      'a call and its result',
      [
        { role: 'user', content: 'Weather?' },
        { role: 'assistant', content: null, tool_calls: [CALL] },
        { role: 'tool', tool_call_id: 'call_1', content: 'Rain' },
      ],
      [
        { type: 'user', text: 'Weather?' },
        {
          type: 'model',
          response: [{ type: 'functionCall', name: 'weather', params: { city: 'Berlin' }, result: 'Rain' }],
        },
      ],
    ],
    [
      'arguments that are no JSON',
      [{ role: 'assistant', tool_calls: [{ ...CALL, function: { name: 'f', arguments: 'x' } }] }],
      [{ type: 'model', response: [{ type: 'functionCall', name: 'f', params: 'x', result: '' }] }],
    ],
  ])('takes %s', (_title, messages, expected) => {
    expect(toChatHistory(messages)).toEqual(expected);
  });

  it.each<[string, ChatMessage, string]>([
    [
      'an image',
      {
        role: 'user',
        content: [
          { type: 'text', text: 'x' },
          { type: 'image_url', image_url: { url: 'data:,' } },
        ],
      },
      'messages[1].content[1].type',
    ],
    ['audio', { role: 'user', content: [{ type: 'input_audio' }] }, 'messages[1].content[0].type'],
    ['a function message', { role: 'function', name: 'f', content: 'x' }, 'messages[1].role'],
    ['a result without a call', { role: 'tool', tool_call_id: 'x', content: 'y' }, 'messages[1].tool_call_id'],
    [
      'a custom call',
      { role: 'assistant', tool_calls: [{ id: 'c', type: 'custom' }] },
      'messages[1].tool_calls[0].type',
    ],
  ])('refuses %s, naming its place', (_title, message, param) => {
    expect(() => toChatHistory([{ role: 'user', content: 'Hi' }, message])).toThrow(
      expect.objectContaining({ status: 400, param }),
    );
  });
});
