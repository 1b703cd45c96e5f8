import type { ChatMessage, ContentPart } from '@mana-llm/openai-api';
import fc from 'fast-check';
import { toMessages } from './input-messages.js';

const of = (...items: unknown[]): ChatMessage[] => toMessages(null, [], items);
const user = (content: unknown) => ({ role: 'user', content });
const call = (id: string, name = 'f', args = '{}') => ({ type: 'function_call', call_id: id, name, arguments: args });
const output = (id: string, text: unknown = 'done') => ({ type: 'function_call_output', call_id: id, output: text });
const toolCall = (id: string, name = 'f', args = '{}') => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});

describe(toMessages.name, () => {
  it('makes a user’s message of a text, behind the instructions', () => {
    expect(toMessages('Be short.', [], 'Hi')).toEqual([
      { role: 'system', content: 'Be short.' },
      { role: 'user', content: 'Hi' },
    ]);
  });

  it('puts what came before in front of the input', () => {
    expect(toMessages(null, [user('one'), { role: 'assistant', content: 'two' }], 'three')).toEqual([
      { role: 'user', content: 'one' },
      { role: 'assistant', content: 'two' },
      { role: 'user', content: 'three' },
    ]);
  });

  it.each<[string, unknown, ChatMessage[]]>([
    ['a developer’s message', { role: 'developer', content: 'x' }, [{ role: 'system', content: 'x' }]],
    ['one text part', user([{ type: 'input_text', text: 'x' }]), [{ role: 'user', content: 'x' }]],
    [
      'an image',
      user([
        { type: 'input_text', text: 'what?' },
        { type: 'input_image', image_url: 'data:image/png;base64,AA', detail: 'low' },
      ]),
      [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'what?' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AA', detail: 'low' } },
          ],
        },
      ],
    ],
    [
      'a file with its data',
      user([{ type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA' }]),
      [
        {
          role: 'user',
          content: [{ type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA' } }],
        },
      ],
    ],
    [
      'an answer as the API gave it',
      {
        type: 'message',
        id: 'msg_1',
        status: 'completed',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'Hi.', annotations: [] }],
      },
      [{ role: 'assistant', content: 'Hi.' }],
    ],
    [
      'a refusal',
      { role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] },
      [{ role: 'assistant', content: null, refusal: 'No.' }],
    ],
    [
      'a custom tool’s call',
      { type: 'custom_tool_call', call_id: 'c', name: 'sql', input: 'SELECT 1' },
      [{ role: 'assistant', content: null, tool_calls: [toolCall('c', 'sql', '{"input":"SELECT 1"}')] }],
    ],
    [
      'a call of a namespace',
      { ...call('c', 'find'), namespace: 'crm' },
      [{ role: 'assistant', content: null, tool_calls: [toolCall('c', 'crm__find')] }],
    ],
  ])('takes %s', (_, item, messages) => {
    expect(of(item)).toEqual(messages);
  });

  it('makes one assistant’s message of a thought, a text and neighbouring calls', () => {
    const thought = { type: 'reasoning', id: 'rs', summary: [], content: [{ type: 'reasoning_text', text: 'hm' }] };
    const items = [user('?'), thought, { role: 'assistant', content: 'Let me see.' }, call('a'), call('b', 'g')];
    expect(of(...items, output('a', '1'), output('b', '2'), call('c'), output('c'))).toEqual([
      { role: 'user', content: '?' },
      {
        role: 'assistant',
        content: 'Let me see.',
        reasoning_content: 'hm',
        tool_calls: [toolCall('a'), toolCall('b', 'g')],
      },
      { role: 'tool', tool_call_id: 'a', content: '1' },
      { role: 'tool', tool_call_id: 'b', content: '2' },
      { role: 'assistant', content: null, tool_calls: [toolCall('c')] },
      { role: 'tool', tool_call_id: 'c', content: 'done' },
    ]);
  });

  it('leaves out a thought that only OpenAI can read', () => {
    expect(of({ type: 'reasoning', id: 'rs', summary: [], encrypted_content: 'gAAA' }, user('?'))).toEqual([
      { role: 'user', content: '?' },
    ]);
  });

  it('keeps two answers apart, and calls next to their outputs', () => {
    const said = (content: string) => ({ role: 'assistant', content });
    expect(of(said('one'), said('two'))).toEqual([said('one'), said('two')]);
    expect(of(said('one'), call('a'), said('two'), output('a'))).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'one' },
          { type: 'text', text: 'two' },
        ],
        tool_calls: [toolCall('a')],
      },
      { role: 'tool', tool_call_id: 'a', content: 'done' },
    ]);
  });

  it('gives the images of tools to the model in a user’s message behind the outputs', () => {
    const image = { type: 'input_image', image_url: 'https://x/y.png' };
    expect(of(call('a'), call('b'), output('a', [{ type: 'input_text', text: 'see' }, image]), output('b'))).toEqual([
      { role: 'assistant', content: null, tool_calls: [toolCall('a'), toolCall('b')] },
      { role: 'tool', tool_call_id: 'a', content: 'see' },
      { role: 'tool', tool_call_id: 'b', content: 'done' },
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://x/y.png' } }] },
    ]);
  });

  it.each<[unknown, string]>([
    [[], 'input'],
    [7, 'input'],
    [undefined, 'input'],
    [['text'], 'input[0]'],
    [[user('a'), { role: 'robot', content: 'x' }], 'input[1].role'],
    [[user(7)], 'input[0].content'],
    [[user([{ type: 'input_text' }])], 'input[0].content[0].text'],
    [[user([{ type: 'input_video' }])], 'input[0].content[0].type'],
    [[user([{ type: 'input_image', file_id: 'file_1' }])], 'input[0].content[0].image_url'],
    [[user([{ type: 'input_file', file_id: 'file_1' }])], 'input[0].content[0]'],
    [[{ type: 'function_call', name: 'f', arguments: '{}' }], 'input[0].call_id'],
    [[{ ...call('a'), arguments: {} }], 'input[0].arguments'],
    [[{ type: 'function_call_output', output: 'x' }], 'input[0].call_id'],
    [[{ type: 'item_reference', id: 'msg_1' }], 'input[0].id'],
    [[{ type: 'web_search_call', id: 'ws_1' }], 'input[0].type'],
    [Array.from({ length: 10_001 }, () => user('a')), 'input'],
    [[user(Array.from({ length: 20_001 }, () => ({ type: 'input_text', text: 'a' })))], 'input'],
  ])('refuses %# with the path of what is wrong', (input, param) => {
    expect(() => toMessages(null, [], input)).toThrow(expect.objectContaining({ status: 400, param }));
  });

  it('loses no text, image, call or order of any list of items', () => {
    let count = 0;
    const label = () => `<${(count += 1)}>`;
    const part = fc.constantFrom('input_text', 'input_image').map((type) => {
      const text = label();
      return type === 'input_text' ? { type, text } : { type, image_url: `data:${text}` };
    });
    const item = fc.oneof(
      fc.array(part, { minLength: 1, maxLength: 3 }).map((content) => user(content)),
      fc.constant(0).map(() => ({ role: 'assistant', content: label() })),
      fc.constant(0).map(() => call(label(), 'f', label())),
      fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => output(label(), parts)),
      fc.constant(0).map(() => ({ type: 'reasoning', summary: [{ type: 'summary_text', text: label() }] })),
    );
    const labels = (value: unknown) => JSON.stringify(value).match(/<\d+>/g) ?? [];
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 12 }), (items) => {
        const messages = of(...items);
        expect([...labels(messages)].sort()).toEqual([...labels(items)].sort());
        const texts = (role: string) =>
          messages.filter((message) => message.role === role).flatMap(({ content }) => labels(textsOf(content)));
        const sent = (fits: (one: Record<string, unknown>) => boolean, of: (one: Record<string, unknown>) => unknown) =>
          items
            .map((one) => one as Record<string, unknown>)
            .filter(fits)
            .flatMap((one) => labels(of(one)));
        expect(texts('assistant')).toEqual(
          sent(
            ({ role }) => role === 'assistant',
            ({ content }) => content,
          ),
        );
        expect(texts('tool')).toEqual(
          sent(
            ({ type }) => type === 'function_call_output',
            (one) => textsOf(one['output'] as ContentPart[]),
          ),
        );
        expect(labels(messages.flatMap(({ tool_calls }) => tool_calls ?? []))).toEqual(
          sent(
            ({ type }) => type === 'function_call',
            (one) => [one['call_id'], one['arguments']],
          ),
        );
      }),
    );
  });
});

function textsOf(content: ChatMessage['content']): unknown {
  return typeof content === 'string' ? content : (content ?? []).map(({ text }) => text ?? '');
}
