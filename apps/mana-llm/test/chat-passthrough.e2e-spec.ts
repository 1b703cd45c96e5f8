import { json, ollamaCompletion, openAiCompletion } from '@mana-llm/llm-providers/testing';
import { useScene } from './support/scene.js';

describe('fields that the gateway does not model', () => {
  const scene = useScene();

  const bodySentTo = async (model: string, body: Record<string, unknown>): Promise<unknown> => {
    const path = model.startsWith('together/') ? '/together/v1/chat/completions' : '/v1/chat/completions';
    scene.upstream.on('POST', path, json(200, openAiCompletion()));
    expect((await scene.chat({ model, ...body })).status).toBe(200);
    return (await scene.upstream.request(path)).body;
  };

  it.each([
    ['a field of tomorrow', { brand_new: { deep: [1, null, 'x'] } }],
    ['provider routing', { provider: { order: ['a', 'b'] } }],
    ['logit_bias', { logit_bias: { '50256': -100 } }],
    ['metadata', { metadata: { customer: '7' } }],
    ['parallel_tool_calls', { parallel_tool_calls: false }],
    ['service_tier', { service_tier: 'flex' }],
  ])('reach an OpenAI-compatible provider untouched: %s', async (_what, fields) => {
    expect(await bodySentTo('openai/m', fields)).toMatchObject(fields);
  });

  it('reach it untouched inside messages, content parts and tools too', async () => {
    const messages = [
      { role: 'user', name: 'eve', content: [{ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } }] },
    ];
    const tools = [{ type: 'function', function: { name: 'f', strict: true, parameters: {} }, extra: 1 }];
    expect(await bodySentTo('openai/m', { messages, tools })).toMatchObject({ messages, tools });
  });

  it('are only what was sent: nothing is added but what the gateway needs', async () => {
    const body = await bodySentTo('openai/m', {});
    const { model, messages, stream, ...others } = body as Record<string, unknown>;
    expect({ model, messages }).toEqual({ model: 'm', messages: [{ role: 'user', content: 'Say hello.' }] });
    expect(stream ?? false).toBe(false);
    expect(others).toEqual({});
  });

  it.each(['keep_alive', 'options', 'models'])('do not include the extension field %s', async (field) => {
    const values = { keep_alive: '5m', options: { top_k: 3 }, models: ['openai/other'] };
    expect(await bodySentTo('openai/m', { [field]: values[field as keyof typeof values] })).not.toHaveProperty(field);
  });

  it('are renamed for a provider that knows them by another name', async () => {
    const messages = [
      { role: 'developer', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
    ];
    const body = await bodySentTo('together/m', { messages, max_completion_tokens: 9 });
    expect(body).toMatchObject({ max_tokens: 9, messages: [{ role: 'system' }, { role: 'user' }] });
    expect(body).not.toHaveProperty('max_completion_tokens');
  });

  it('keep OpenAI’s own names for OpenAI', async () => {
    const messages = [{ role: 'developer', content: 'Be brief.' }];
    const body = await bodySentTo('openai/m', { messages, max_completion_tokens: 9 });
    expect(body).toMatchObject({ max_completion_tokens: 9, messages });
    expect(body).not.toHaveProperty('max_tokens');
  });

  it('are refused with the name of the field where Ollama cannot do them', async () => {
    const response = await scene.chat({ model: 'ollama/m', logit_bias: { '1': 5 } });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error', param: 'logit_bias' } });
  });

  it('do not disturb Ollama where they change nothing', async () => {
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion()));
    expect((await scene.chat({ model: 'ollama/m', user: 'eve', metadata: { a: 'b' } })).status).toBe(200);
  });
});
