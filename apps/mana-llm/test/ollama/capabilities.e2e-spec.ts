import { json, ollamaCompletion, ollamaEmbeddings, scriptOllamaModels } from '@mana-llm/llm-providers/testing';
import { expectError } from '../support/expect-error.js';
import { useScene } from '../support/scene.js';

const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const picture = (url: string): object => ({
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is this?' },
        { type: 'image_url', image_url: { url } },
      ],
    },
  ],
});
const TOOLS = { tools: [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }] };
const MODELS = [
  {
    model: 'gemma3:4b',
    size: 3_338_801_804,
    capabilities: ['completion', 'vision'],
    details: { family: 'gemma3', context_length: 131_072 },
  },
  { model: 'qwen3:8b', capabilities: ['completion', 'tools', 'thinking'], details: { context_length: 40_960 } },
  { model: 'nomic-embed-text:latest', capabilities: ['embedding'], details: { context_length: 2_048 } },
  { model: 'old:1', details: {} },
];

describe('what a model of Ollama can do', () => {
  const scene = useScene();

  beforeEach(() => scriptOllamaModels(scene.upstream, { models: MODELS }));

  const asked = (): string[] =>
    scene.upstream.requests.filter(({ path }) => /chat|embed/.test(path)).map(({ path }) => path);

  it.each<[string, string, object, [capability: string, param: string, others: string]]>([
    ['an image', 'qwen3:8b', picture(PIXEL), ['vision', 'messages[0].content[1]', 'gemma3:4b']],
    [
      'an image at an address that is never asked',
      'qwen3:8b',
      picture('http://10.0.0.1/a.png'),
      ['vision', 'messages[0].content[1]', 'gemma3:4b'],
    ],
    ['tools', 'gemma3:4b', TOOLS, ['tools', 'tools', 'qwen3:8b']],
    ['tools in a stream', 'gemma3:4b', { ...TOOLS, stream: true }, ['tools', 'tools', 'qwen3:8b']],
    ['thinking', 'gemma3:4b', { reasoning_effort: 'low' }, ['thinking', 'reasoning_effort', 'qwen3:8b']],
    ['a chat', 'nomic-embed-text', {}, ['completion', 'model', 'gemma3:4b, ollama/qwen3:8b']],
  ])('is told of where it is asked for %s', async (_what, model, fields, [capability, param, others]) => {
    const response = await scene.chat({ model: `ollama/${model}`, ...fields });
    await expectError(response, 400, {
      type: 'invalid_request_error',
      code: 'capability_missing',
      param,
      message: `The model \`ollama/${model}\` does not support ${capability}. Models here that have it: ollama/${others}.`,
    });
    expect(asked()).toEqual([]);
  });

  it('is told of where it is asked for embeddings', async () => {
    const response = await scene.post('/v1/embeddings', { model: 'ollama/qwen3:8b', input: 'a' });
    const message = /`ollama\/qwen3:8b` does not support embedding\b.*ollama\/nomic-embed-text:latest/;
    await expectError(response, 400, { code: 'capability_missing', param: 'model', message });
    expect(asked()).toEqual([]);
  });

  it.each<[string, string, object]>([
    ['sees', 'gemma3:4b', picture(PIXEL)],
    ['calls tools', 'qwen3:8b', TOOLS],
    ['need not call tools', 'gemma3:4b', { ...TOOLS, tool_choice: 'none' }],
    ['thinks', 'qwen3:8b', { reasoning_effort: 'low' }],
    ['need not think', 'gemma3:4b', { reasoning_effort: 'none' }],
    ['is not told of by its server', 'old:1', { ...TOOLS, ...picture(PIXEL), reasoning_effort: 'low' }],
    ['is not listed', 'new:1', { ...TOOLS, ...picture(PIXEL), reasoning_effort: 'low' }],
  ])('lets a request pass where it %s', async (_what, model, fields) => {
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion()));
    expect((await scene.chat({ model: `ollama/${model}`, ...fields })).status).toBe(200);
    expect(asked()).toEqual(['/api/chat']);
  });

  it('lets embeddings pass where it embeds', async () => {
    scene.upstream.on('POST', '/api/embed', json(200, ollamaEmbeddings([1, 0])));
    const response = await scene.post('/v1/embeddings', { model: 'ollama/nomic-embed-text', input: 'a' });
    expect(response.status).toBe(200);
  });

  it('is for its server to say where that tells us nothing', async () => {
    const error = 'registry.ollama.ai/library/old:1 does not support tools';
    scene.upstream.on('POST', '/api/chat', json(400, { error }));
    await expectError(await scene.chat({ model: 'ollama/old:1', ...TOOLS }), 400, { message: error });
  });

  it('stands in the list of models', async () => {
    const { data } = (await (await scene.get('/v1/models')).json()) as { data: { id: string }[] };
    expect(data.find(({ id }) => id === 'ollama/gemma3:4b')).toMatchObject({
      object: 'model',
      context_length: 131_072,
      capabilities: ['completion', 'vision'],
      size: 3_338_801_804,
      family: 'gemma3',
    });
  });
});

describe('an older Ollama', () => {
  const scene = useScene({ isOwn: true });

  it('is asked about a model by itself', async () => {
    scriptOllamaModels(scene.upstream, { models: [{ name: 'llama2:7b' }] });
    const info = { 'general.architecture': 'llama', 'llama.context_length': 2_048 };
    scene.upstream.on('POST', '/api/show', json(200, { model_info: info, capabilities: ['completion'] }));
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion()));
    const response = await scene.chat({ model: 'ollama/llama2:7b', ...TOOLS });
    await expectError(response, 400, { code: 'capability_missing', message: 'No model at this provider is known' });
    await (await scene.chat({ model: 'ollama/llama2:7b' })).text();
    expect(scene.upstream.requestsTo('/api/show').map(({ body }) => body)).toEqual([{ model: 'llama2:7b' }]);
    expect((await scene.upstream.request('/api/chat')).body).toMatchObject({ options: { num_ctx: 2_048 } });
  });
});
