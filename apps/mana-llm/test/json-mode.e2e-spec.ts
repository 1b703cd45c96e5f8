import { json, ollamaCompletion, openAiCompletion } from '@mana-llm/llm-providers/testing';
import { useScene } from './support/scene.js';

const SCHEMA = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const JSON_SCHEMA = { type: 'json_schema', json_schema: { name: 'place', strict: true, schema: SCHEMA } };

describe('response_format', () => {
  const scene = useScene();

  it.each([{ type: 'text' }, { type: 'json_object' }, JSON_SCHEMA])(
    'reaches an OpenAI-compatible provider as sent: $type',
    async (response_format) => {
      scene.upstream.on('POST', '/v1/chat/completions', json(200, openAiCompletion()));
      expect((await scene.chat({ model: 'openai/m', response_format })).status).toBe(200);
      expect((await scene.upstream.request('/v1/chat/completions')).body).toMatchObject({ response_format });
    },
  );

  it.each<[string, object, unknown]>([
    ['text', { type: 'text' }, undefined],
    ['json_object', { type: 'json_object' }, 'json'],
    ['json_object with a schema', { type: 'json_object', schema: SCHEMA }, SCHEMA],
    ['json_schema', JSON_SCHEMA, SCHEMA],
  ])('is Ollama’s format: %s', async (_type, response_format, format) => {
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion({ content: '{"city":"Berlin"}' })));
    expect((await scene.chat({ model: 'ollama/m', response_format })).status).toBe(200);
    expect((await scene.upstream.request('/api/chat')).body).toHaveProperty('model', 'm');
    expect((scene.upstream.requestsTo('/api/chat')[0]?.body as { format?: unknown }).format).toEqual(format);
  });

  it.each([
    ['a fence with a language', '```json\n{"city":"Berlin"}\n```'],
    ['a bare fence', '```\n{"city":"Berlin"}\n```'],
    ['no fence', '{"city":"Berlin"}'],
  ])('gives JSON without code fences: %s', async (_what, content) => {
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion({ content })));
    const response = await scene.chat({ model: 'ollama/m', response_format: { type: 'json_object' } });
    const body = (await response.json()) as { choices: { message: { content: string } }[] };
    expect(JSON.parse(body.choices[0]?.message.content ?? '')).toEqual({ city: 'Berlin' });
  });

  it('leaves fences alone where no JSON was asked for', async () => {
    const content = '```json\n{}\n```';
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion({ content })));
    expect(await (await scene.chat({ model: 'ollama/m' })).json()).toMatchObject({
      choices: [{ message: { content } }],
    });
  });

  it('is refused without its schema', async () => {
    const response = await scene.chat({ model: 'ollama/m', response_format: { type: 'json_schema' } });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param: 'response_format.json_schema' } });
  });
});
