import { toChatRequest } from './to-chat-request.js';

const TURN = { history: [], input: 'Hi' };
const FUNCTION = { type: 'function', name: 'f', description: 'Does f.', parameters: { type: 'object' }, strict: true };
const manyTools = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ type: 'function', name: `f${index}_` }));
const CHAT_FUNCTION = {
  type: 'function',
  function: { name: 'f', description: 'Does f.', parameters: { type: 'object' }, strict: true },
};
const CUSTOM = { type: 'custom', name: 'sql', description: 'Runs SQL.' };

const chatOf = (request: Record<string, unknown>) => toChatRequest(request, TURN).chat;

describe(toChatRequest.name, () => {
  it.each<[Record<string, unknown>, Record<string, unknown>]>([
    [
      { model: 'groq/x', models: ['ollama/y'] },
      { model: 'groq/x', models: ['ollama/y'] },
    ],
    [{ max_output_tokens: 5 }, { max_completion_tokens: 5 }],
    [
      { temperature: 0, top_p: 0.5 },
      { temperature: 0, top_p: 0.5 },
    ],
    [{ reasoning: { effort: 'low', summary: 'auto' } }, { reasoning_effort: 'low' }],
    [{ text: { format: { type: 'text' }, verbosity: 'low' } }, { verbosity: 'low' }],
    [{ text: { format: { type: 'json_object' } } }, { response_format: { type: 'json_object' } }],
    [
      { text: { format: { type: 'json_schema', name: 'n', schema: { type: 'object' }, strict: true } } },
      {
        response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' }, strict: true } },
      },
    ],
    [{ top_logprobs: 2 }, { logprobs: true, top_logprobs: 2 }],
    [{ include: ['message.output_text.logprobs'] }, { logprobs: true }],
    [
      { user: 'u', safety_identifier: 's', prompt_cache_key: 'k' },
      { user: 'u', safety_identifier: 's', prompt_cache_key: 'k' },
    ],
    [{ service_tier: 'flex' }, { service_tier: 'flex' }],
    [{ stream: true }, { stream: true, stream_options: { include_usage: true } }],
    [{ store: true, metadata: { a: 'b' }, truncation: 'auto', include: ['reasoning.encrypted_content'] }, {}],
    [{ temperature: null, tools: null, text: null, reasoning: null }, {}],
    [
      { tools: [FUNCTION], parallel_tool_calls: false },
      { tools: [CHAT_FUNCTION], parallel_tool_calls: false },
    ],
    [
      { tools: [FUNCTION], tool_choice: 'required' },
      { tools: [CHAT_FUNCTION], tool_choice: 'required' },
    ],
    [
      {
        tools: [FUNCTION, CUSTOM],
        tool_choice: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'f' }] },
      },
      { tools: [CHAT_FUNCTION], tool_choice: 'required' },
    ],
    [
      { tools: [FUNCTION], tool_choice: { type: 'function', name: 'f' } },
      { tools: [CHAT_FUNCTION], tool_choice: { type: 'function', function: { name: 'f' } } },
    ],
  ])('makes of %j the chat fields %j', (request, fields) => {
    expect(chatOf(request)).toEqual({ messages: [{ role: 'user', content: 'Hi' }], ...fields });
  });

  it('gives a custom tool as a function of one text, with its grammar in words', () => {
    const format = { type: 'grammar', syntax: 'lark', definition: 'start: "SELECT"' };
    const [tool] = chatOf({ tools: [{ ...CUSTOM, format }] }).tools ?? [];
    expect(tool).toMatchObject({
      type: 'function',
      function: {
        name: 'sql',
        description: 'Runs SQL.\n\nThe input must follow this lark grammar:\nstart: "SELECT"',
        parameters: { required: ['input'] },
      },
    });
  });

  it('gives the tools of a namespace names of their own, of 64 characters at most', () => {
    const name = 'a'.repeat(60);
    const tools = [
      FUNCTION,
      {
        type: 'namespace',
        name: 'crm',
        tools: [FUNCTION, { type: 'function', name }, { type: 'function', name: `${name}b` }],
      },
    ];
    const { chat, tools: known } = toChatRequest({ tools }, TURN);
    const names = (chat.tools ?? []).map((tool) => tool.function?.name ?? '');
    expect(new Set(names).size).toBe(4);
    expect(names.slice(0, 2)).toEqual(['f', 'crm__f']);
    expect(names.every((one) => one.length <= 64)).toBe(true);
    expect(names.map((one) => known.identify(one))).toMatchObject([
      { name: 'f' },
      { name: 'f', namespace: 'crm' },
      { name, namespace: 'crm' },
      { name: `${name}b`, namespace: 'crm' },
    ]);
  });

  it('leaves out tools that run at OpenAI alone, and knows which', () => {
    const { chat, tools } = toChatRequest({ tools: [{ type: 'web_search' }, FUNCTION] }, TURN);
    expect(chat.tools).toEqual([CHAT_FUNCTION]);
    expect(tools.ignoredTypes).toBe('web_search');
  });

  it.each<[Record<string, unknown>, string]>([
    [{ tools: [{ type: 'web_search' }] }, 'tools'],
    [{ tools: [{ type: 'web_search' }, FUNCTION], tool_choice: { type: 'web_search' } }, 'tool_choice'],
    [{ tools: [FUNCTION], tool_choice: { type: 'function', name: 'g' } }, 'tool_choice'],
    [
      { tools: [FUNCTION], tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'mcp' }] } },
      'tool_choice',
    ],
    [{ tools: ['f'] }, 'tools[0]'],
    [{ tools: [{ name: 'f' }] }, 'tools[0].type'],
    [{ tools: [{ type: 'function' }] }, 'tools[0].name'],
    [{ tools: [{ type: 'namespace', name: 'n', tools: [{ type: 'function' }] }] }, 'tools[0].tools[0].name'],
    [{ background: true }, 'background'],
    [{ conversation: 'conv_1' }, 'conversation'],
    [{ prompt: { id: 'p' } }, 'prompt'],
    [{ max_tool_calls: 3 }, 'max_tool_calls'],
    [{ context_management: [] }, 'context_management'],
  ])('refuses %j by the name of %s', (request, param) => {
    expect(() => chatOf(request)).toThrow(expect.objectContaining({ status: 400, param }));
  });

  /** Each of these costs more than its length tells. */
  it.each<[string, Record<string, unknown>, string]>([
    [
      'a name that each tool of its namespace would have',
      { tools: [{ type: 'namespace', name: 'n'.repeat(257), tools: [FUNCTION] }] },
      'tools[0].name',
    ],
    [
      'more tools of a conversation than a request may have',
      { tools: [FUNCTION], input: [{ type: 'additional_tools', tools: manyTools(10_000) }] },
      'tools',
    ],
    [
      'a longer list of allowed tools than there may be tools',
      { tools: [FUNCTION], tool_choice: { type: 'allowed_tools', tools: Array<unknown>(10_001).fill(FUNCTION) } },
      'tool_choice.tools',
    ],
  ])('refuses %s', (_what, { input = [], ...request }, param) => {
    const turn = { history: [], input: [...(input as unknown[]), { role: 'user', content: 'Hi' }] };
    expect(() => toChatRequest(request, turn)).toThrow(expect.objectContaining({ status: 400, param }));
  });

  it('takes the same tool with each turn of a long conversation', () => {
    const turns = Array.from({ length: 200 }, () => ({ type: 'additional_tools', tools: manyTools(100) }));
    const { chat } = toChatRequest({}, { history: turns, input: 'Hi' });
    expect(chat.tools).toHaveLength(100);
  });

  it('takes fields that are set to what they are without', () => {
    expect(chatOf({ background: false, conversation: null, max_tool_calls: null })).toEqual({
      messages: [{ role: 'user', content: 'Hi' }],
    });
  });
});
