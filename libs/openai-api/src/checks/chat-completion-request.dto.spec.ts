import type { JsonObject } from '../json-object.js';
import { ChatCompletionRequestDto } from './chat-completion-request.dto.js';
import { mistakesIn } from './testing/mistakes-in.js';

const HELLO = { role: 'user', content: 'Hello' };
const PNG = 'data:image/png;base64,iVBORw0KGgo=';

const mistakes = (fields: JsonObject): string[] =>
  mistakesIn(ChatCompletionRequestDto, { messages: [HELLO], ...fields });
const mistakesInMessage = (message: unknown): string[] => mistakes({ messages: [HELLO, message] });
const mistakesInPart = (part: unknown): string[] =>
  mistakesInMessage({ role: 'user', content: [{ type: 'text', text: 'a' }, part] });

describe(ChatCompletionRequestDto.name, () => {
  it.each<[string, JsonObject]>([
    ['nothing but messages', {}],
    ['a chain of its own', { model: 'ollama/a', models: ['mana/fast', 'groq/b'] }],
    ['the longest chain', { models: Array<string>(20).fill('m') }],
    ['an empty chain', { models: [] }],
    ['null for a chain', { models: null }],
    ['a model', { model: 'openrouter/meta-llama/llama-3.1-8b-instruct:free' }],
    [
      'the lowest values',
      { temperature: 0, top_p: 0, frequency_penalty: -2, presence_penalty: -2, n: 1, top_logprobs: 0, max_tokens: 1 },
    ],
    [
      'the highest values',
      { temperature: 2, top_p: 1, frequency_penalty: 2, presence_penalty: 2, n: 128, top_logprobs: 20 },
    ],
    ['values with fractions', { temperature: 0.7, top_p: 0.95, frequency_penalty: -0.5, presence_penalty: 0.1 }],
    ['any whole seed', { seed: -9_007_199_254_740_991 }],
    ['a seed beyond exact numbers', { seed: 9223372036854775807 }],
    ['one stop text', { stop: 'END' }],
    ['several stop texts', { stop: ['a', 'b', 'c', 'd'] }],
    ['a stream with options', { stream: true, stream_options: { include_usage: true, include_obfuscation: false } }],
    ['an explicit buffered answer', { stream: false, max_completion_tokens: 4096, logprobs: true }],
    ['response_format text', { response_format: { type: 'text' } }],
    ['response_format json_object', { response_format: { type: 'json_object' } }],
    [
      'response_format json_schema',
      {
        response_format: {
          type: 'json_schema',
          json_schema: {
            name: 'a',
            description: 'b',
            strict: null,
            schema: { type: 'object', properties: {}, additionalProperties: false },
          },
        },
      },
    ],
    [
      'tools',
      { tools: [{ type: 'function', function: { name: 'f' } }], tool_choice: 'auto', parallel_tool_calls: false },
    ],
    [
      'a tool with everything',
      {
        tools: [
          { type: 'function', function: { name: 'f', description: 'd', strict: true, parameters: { type: 'object' } } },
        ],
      },
    ],
    ['a custom tool', { tools: [{ type: 'custom', custom: { name: 'c', format: { type: 'text' } } }] }],
    ['no tools', { tools: [] }],
    ['a named tool choice', { tool_choice: { type: 'function', function: { name: 'f' } } }],
    ['the old functions', { functions: [{ name: 'f', parameters: {} }], function_call: { name: 'f' } }],
    ['logit_bias', { logit_bias: { '50256': -100 } }],
    ['audio', { modalities: ['text', 'audio'], audio: { voice: 'alloy', format: 'wav' } }],
    ['a prediction', { prediction: { type: 'content', content: 'a' } }],
    [
      'what else OpenAI takes',
      {
        store: true,
        metadata: { a: 'b' },
        service_tier: 'flex',
        user: 'u',
        safety_identifier: 's',
        prompt_cache_key: 'p',
        verbosity: 'low',
      },
    ],
    ['web search', { web_search_options: { user_location: null, search_context_size: 'low' } }],
    [
      "other providers' and our own extensions",
      { top_k: 5, min_p: 0.1, keep_alive: '5m', options: { num_ctx: 4096 }, models: ['a'], x: [null] },
    ],
    ...['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'].map((effort): [string, JsonObject] => [
      `reasoning effort ${effort}`,
      { reasoning_effort: effort },
    ]),
    ...[
      'model',
      'stream',
      'stream_options',
      'temperature',
      'top_p',
      'max_tokens',
      'max_completion_tokens',
      'n',
      'stop',
      'seed',
      'frequency_penalty',
      'presence_penalty',
      'logprobs',
      'top_logprobs',
      'tools',
      'response_format',
      'reasoning_effort',
      'audio',
      'logit_bias',
      'store',
      'prediction',
      'metadata',
    ].map((field): [string, JsonObject] => [`null for ${field}`, { [field]: null }]),
  ])('takes %s', (_what, fields) => {
    expect(mistakes(fields)).toEqual([]);
  });

  it.each<[string, JsonObject]>([
    ['model', { model: '' }],
    ['models', { models: 'ollama/a' }],
    ['models', { models: ['ollama/a', ''] }],
    ['models', { models: ['ollama/a', 5] }],
    ['models', { models: ['ollama/a\nb'] }],
    ['models', { models: ['m'.repeat(257)] }],
    ['models', { models: { 0: 'ollama/a' } }],
    ['models', { models: Array<string>(21).fill('m') }],
    ['model', { model: 5 }],
    ['stream', { stream: 'true' }],
    ['stream', { stream: 1 }],
    ['stream_options', { stream_options: true }],
    ['stream_options', { stream_options: [] }],
    ['stream_options.include_usage', { stream_options: { include_usage: 'yes' } }],
    ['temperature', { temperature: '0.5' }],
    ['temperature', { temperature: -0.1 }],
    ['temperature', { temperature: 2.1 }],
    ['top_p', { top_p: 1.1 }],
    ['top_p', { top_p: -1 }],
    ['max_tokens', { max_tokens: -5 }],
    ['max_tokens', { max_tokens: 1.5 }],
    ['max_tokens', { max_tokens: '10' }],
    ['max_completion_tokens', { max_completion_tokens: 1.5 }],
    ['n', { n: 0 }],
    ['n', { n: 129 }],
    ['n', { n: 1.5 }],
    ['stop', { stop: 5 }],
    ['stop', { stop: ['a', 5] }],
    ['stop', { stop: {} }],
    ['seed', { seed: 1.5 }],
    ['seed', { seed: '1' }],
    ['frequency_penalty', { frequency_penalty: 2.5 }],
    ['presence_penalty', { presence_penalty: -2.5 }],
    ['logprobs', { logprobs: 5 }],
    ['top_logprobs', { top_logprobs: 21 }],
    ['top_logprobs', { top_logprobs: -1 }],
    ['tools', { tools: 'f' }],
    ['tools[0]', { tools: ['f'] }],
    ['tools[0].type', { tools: [{ function: { name: 'f' } }] }],
    ['tools[0].type', { tools: [{ type: '' }] }],
    ['tools[1].function', { tools: [{ type: 'function', function: { name: 'f' } }, { type: 'function' }] }],
    ['tools[0].function', { tools: [{ type: 'function', function: 'f' }] }],
    ['tools[0].function.name', { tools: [{ type: 'function', function: {} }] }],
    ['tools[0].function.name', { tools: [{ type: 'function', function: { name: '' } }] }],
    ['tools[0].function.description', { tools: [{ type: 'function', function: { name: 'f', description: 5 } }] }],
    ['tools[0].function.parameters', { tools: [{ type: 'function', function: { name: 'f', parameters: '{}' } }] }],
    ['response_format', { response_format: 'json_object' }],
    ['response_format.type', { response_format: {} }],
    ['response_format.json_schema', { response_format: { type: 'json_schema' } }],
    ['response_format.json_schema', { response_format: { type: 'json_schema', json_schema: 'x' } }],
    [
      'response_format.json_schema.schema',
      { response_format: { type: 'json_schema', json_schema: { name: 'a', schema: 'x' } } },
    ],
    ['response_format.json_schema.name', { response_format: { type: 'json_schema', json_schema: { name: 5 } } }],
    ['reasoning_effort', { reasoning_effort: 5 }],
    ['messages', { messages: undefined }],
    ['messages', { messages: null }],
    ['messages', { messages: 'Hello' }],
    ['messages', { messages: [] }],
    ['messages[0]', { messages: ['Hello'] }],
    ['messages[1]', { messages: [HELLO, null] }],
  ])('refuses a wrong %s: %j', (path, fields) => {
    expect(mistakes(fields)).toEqual([path]);
  });

  it('lists every mistake, each with its path', () => {
    const messages = [HELLO, { role: 'boss', content: [{ type: 'text' }] }];
    expect(mistakes({ messages, temperature: 3, n: 0 })).toEqual([
      'messages[1].role',
      'messages[1].content[0].text',
      'temperature',
      'n',
    ]);
  });

  describe('messages', () => {
    it.each<[string, JsonObject]>([
      ['system', { role: 'system', content: 'a' }],
      ['system in parts', { role: 'system', content: [{ type: 'text', text: 'a' }], name: 'n' }],
      ['developer', { role: 'developer', content: 'a' }],
      ['user', { role: 'user', content: 'a', name: 'n' }],
      ['an empty text', { role: 'user', content: '' }],
      ['assistant', { role: 'assistant', content: 'a', refusal: null, audio: null, function_call: null }],
      ['assistant in parts', { role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] }],
      ['assistant with audio', { role: 'assistant', audio: { id: 'a' } }],
      [
        'assistant with calls and null',
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
        },
      ],
      [
        'assistant with calls and no content',
        { role: 'assistant', tool_calls: [{ id: 'a', function: { name: 'f', arguments: '' } }] },
      ],
      [
        'assistant with a custom call',
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'a', type: 'custom', custom: { name: 'c', input: 'x' } }],
        },
      ],
      [
        'assistant with the old function_call',
        { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
      ],
      [
        'an answer of ours, sent back',
        { role: 'assistant', content: 'a', reasoning: 'hm', reasoning_content: 'hm', annotations: [] },
      ],
      ['no calls', { role: 'assistant', content: 'a', tool_calls: [] }],
      ['calls of null', { role: 'assistant', content: 'a', tool_calls: null }],
      ['tool', { role: 'tool', content: 'a', tool_call_id: 'c' }],
      ['tool in parts', { role: 'tool', content: [{ type: 'text', text: 'a' }], tool_call_id: 'c' }],
      ['function', { role: 'function', name: 'f', content: 'a' }],
      ['function that returned nothing', { role: 'function', name: 'f', content: null }],
      ['unknown fields', { role: 'user', content: 'a', cache_control: { type: 'ephemeral' } }],
    ])('may be %s', (_what, message) => {
      expect(mistakesInMessage(message)).toEqual([]);
    });

    it.each<[string, JsonObject]>([
      ['role', { content: 'a' }],
      ['role', { role: 'boss', content: 'a' }],
      ['role', { role: 'User', content: 'a' }],
      ['role', { role: ['user'], content: 'a' }],
      ['content', { role: 'user' }],
      ['content', { role: 'user', content: null }],
      ['content', { role: 'system', content: null }],
      ['content', { role: 'tool', content: null, tool_call_id: 'c' }],
      ['content', { role: 'user', content: 5 }],
      ['content', { role: 'user', content: [] }],
      ['content', { role: 'assistant', content: [] }],
      ['content', { role: 'assistant', content: true }],
      ['name', { role: 'user', content: 'a', name: 5 }],
      ['tool_call_id', { role: 'tool', content: 'a' }],
      ['tool_call_id', { role: 'tool', content: 'a', tool_call_id: 5 }],
      ['tool_calls', { role: 'assistant', tool_calls: 'f' }],
      ['tool_calls[0]', { role: 'assistant', tool_calls: ['f'] }],
      ['tool_calls[0].id', { role: 'assistant', tool_calls: [{ function: { name: 'f', arguments: '{}' } }] }],
      ['tool_calls[0].id', { role: 'assistant', tool_calls: [{ id: '', function: { name: 'f', arguments: '{}' } }] }],
      ['tool_calls[0].type', { role: 'assistant', tool_calls: [{ id: 'a', type: 5 }] }],
      ['tool_calls[0].function', { role: 'assistant', tool_calls: [{ id: 'a' }] }],
      ['tool_calls[0].function', { role: 'assistant', tool_calls: [{ id: 'a', type: 'function', function: [] }] }],
      ['tool_calls[0].function.name', { role: 'assistant', tool_calls: [{ id: 'a', function: { arguments: '{}' } }] }],
      [
        'tool_calls[0].function.arguments',
        { role: 'assistant', tool_calls: [{ id: 'a', function: { name: 'f', arguments: {} } }] },
      ],
      ['reasoning', { role: 'assistant', content: 'a', reasoning: {} }],
      ['reasoning_content', { role: 'assistant', content: 'a', reasoning_content: 5 }],
    ])('are refused for a wrong %s: %j', (path, message) => {
      expect(mistakesInMessage(message)).toEqual([`messages[1].${path}`]);
    });
  });

  describe('content parts', () => {
    it.each<[string, JsonObject]>([
      ['text', { type: 'text', text: '' }],
      ['an image inline', { type: 'image_url', image_url: { url: PNG } }],
      [
        'an image by its address',
        { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } },
      ],
      ['audio', { type: 'input_audio', input_audio: { data: 'AA==', format: 'wav' } }],
      ['a file', { type: 'file', file: { file_id: 'f' } }],
      ["a provider's own", { type: 'video_url', video_url: { url: 'x' } }],
      ['unknown fields', { type: 'text', text: 'a', cache_control: {} }],
    ])('may be %s', (_what, part) => {
      expect(mistakesInPart(part)).toEqual([]);
    });

    it.each<[string, unknown]>([
      ['', 'text'],
      ['', null],
      ['.type', {}],
      ['.type', { type: '' }],
      ['.type', { type: 5, text: 'a' }],
      ['.text', { type: 'text' }],
      ['.text', { type: 'text', text: 5 }],
      ['.image_url', { type: 'image_url' }],
      ['.image_url', { type: 'image_url', image_url: PNG }],
      ['.image_url', { type: 'image_url', image_url: [{ url: PNG }] }],
      ['.image_url.url', { type: 'image_url', image_url: {} }],
      ['.image_url.url', { type: 'image_url', image_url: { url: '' } }],
      ['.image_url.url', { type: 'image_url', image_url: { url: 5 } }],
    ])('are refused at content[1]%s: %j', (path, part) => {
      expect(mistakesInPart(part)).toEqual([`messages[1].content[1]${path}`]);
    });
  });
});
