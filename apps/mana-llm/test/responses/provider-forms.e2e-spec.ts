import { DONE, sse, sseStream } from '@mana-llm/llm-providers/testing';
import { expectWellFormed, readResponseEvents, textOfResponse } from '../support/response-events.js';
import { useScene } from '../support/scene.js';

const chunk = (delta: object, finish: string | null = null, fields: object = {}) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1_764_000_000,
  model: 'm',
  choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  ...fields,
});
const USAGE = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 };
const call = (index: number, fields: object) => ({ tool_calls: [{ index, ...fields }] });

/** Streams in the forms in which these providers send them, and the types of the items that they become. */
const FORMS: [provider: string, events: object[], items: string[], text: string][] = [
  [
    'OpenAI, with obfuscation and the usage in a frame of its own',
    [
      chunk({ role: 'assistant', content: '', refusal: null }, null, { obfuscation: 'a1' }),
      chunk({ content: 'Hel' }, null, { obfuscation: 'b2' }),
      chunk({ content: 'lo' }, null, { obfuscation: 'c' }),
      chunk({}, 'stop', { obfuscation: 'd' }),
      { ...chunk({}), choices: [], usage: USAGE },
    ],
    ['message'],
    'Hello',
  ],
  [
    'Groq, with the usage in x_groq',
    [
      chunk({ role: 'assistant', content: '' }, null, { x_groq: { id: 'req_1' } }),
      chunk({ content: 'Hello' }),
      chunk({}, 'stop', { x_groq: { id: 'req_1', usage: USAGE } }),
    ],
    ['message'],
    'Hello',
  ],
  [
    'DeepSeek, with reasoning before the text',
    [
      chunk({ role: 'assistant', content: null, reasoning_content: '' }),
      chunk({ content: null, reasoning_content: 'Hm' }),
      chunk({ content: 'Hello', reasoning_content: null }),
      chunk({ content: '', reasoning_content: null }, 'stop', { usage: USAGE }),
    ],
    ['reasoning', 'message'],
    'Hello',
  ],
  [
    'OpenRouter, with a summary and its cost',
    [
      chunk({
        role: 'assistant',
        content: '',
        reasoning: 'Look',
        reasoning_details: [{ type: 'reasoning.summary', summary: 'Look', index: 0 }],
      }),
      chunk({ role: 'assistant', content: 'Hello' }),
      chunk({ role: 'assistant', content: '' }, 'stop', { usage: { ...USAGE, cost: 0.01 } }),
    ],
    ['reasoning', 'message'],
    'Hello',
  ],
  [
    'a server that makes two calls side by side',
    [
      chunk({
        role: 'assistant',
        content: null,
        ...call(0, { id: 'a', type: 'function', function: { name: 'f', arguments: '' } }),
      }),
      chunk(call(0, { function: { arguments: '{"x":1}' } })),
      chunk(call(1, { id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } })),
      chunk({}, 'tool_calls', { usage: USAGE }),
    ],
    ['function_call', 'function_call'],
    '',
  ],
];

describe('a stream of the Responses API', () => {
  const scene = useScene();

  it.each(FORMS)('is made of the form of %s', async (_, events, items, text) => {
    scene.upstream.on('POST', '/v1/chat/completions', sseStream(sse(...events, DONE)));
    const response = await scene.post('/v1/responses', { model: 'openai/m', input: 'Hi', stream: true });
    const whole = expectWellFormed(readResponseEvents(await response.text()));
    expect(whole).toMatchObject({
      status: 'completed',
      usage: { input_tokens: 9, output_tokens: 4, total_tokens: 13 },
    });
    expect(whole.output.map(({ type }) => type)).toEqual(items);
    expect(textOfResponse(whole)).toBe(text);
  });
});
