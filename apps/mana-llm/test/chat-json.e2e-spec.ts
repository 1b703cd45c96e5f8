import { json, ollamaCompletion, openAiCompletion } from '@mana-llm/llm-providers/testing';
import { useScene } from './support/scene.js';

describe('a buffered chat answer', () => {
  const scene = useScene();

  it('is the OpenAI-compatible provider’s, with the resolved model', async () => {
    scene.upstream.on('POST', '/v1/chat/completions', json(200, openAiCompletion({ system_fingerprint: 'fp_1' })));
    const response = await scene.chat({ model: 'openai/gpt-fake' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(response.headers.get('x-mana-llm-resolved')).toBe('openai/gpt-fake');
    expect(response.headers.get('x-mana-llm-attempts')).toBe('1');
    expect(await response.json()).toMatchObject({
      id: 'chatcmpl-fake',
      object: 'chat.completion',
      created: 1_760_000_000,
      model: 'openai/gpt-fake',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello there.' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 },
      system_fingerprint: 'fp_1',
    });
  });

  it('goes upstream buffered, with the gateway’s key and the provider’s own name of the model', async () => {
    scene.upstream.on('POST', '/v1/chat/completions', json(200, openAiCompletion()));
    await scene.chat({ model: 'openai/gpt-fake' }, { headers: { authorization: 'Bearer of-the-caller' } });
    const request = await scene.upstream.request('/v1/chat/completions');
    expect(request.headers.authorization).toBe('Bearer sk-openai-secret');
    expect(request.body).toMatchObject({ model: 'gpt-fake', messages: [{ role: 'user', content: 'Say hello.' }] });
    expect(request.body).not.toMatchObject({ stream: true });
  });

  it('is made from Ollama’s', async () => {
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion()));
    const response = await scene.chat({ model: 'ollama/gemma3:4b' });
    expect(await response.json()).toMatchObject({
      id: expect.stringMatching(/./) as string,
      object: 'chat.completion',
      created: expect.any(Number) as number,
      model: 'ollama/gemma3:4b',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello there.' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 11, completion_tokens: 4, total_tokens: 15 },
    });
    const request = await scene.upstream.request('/api/chat');
    expect(request.body).toMatchObject({ model: 'gemma3:4b', stream: false, truncate: false, shift: false });
  });

  it.each([
    ['no model at all', undefined, '/api/chat', 'gemma3:4b', 'ollama/gemma3:4b'],
    ['a name without a provider', 'qwen2.5:7b', '/api/chat', 'qwen2.5:7b', 'ollama/qwen2.5:7b'],
    ['a name that begins with a registry', 'hf.co/org/m:Q4', '/api/chat', 'hf.co/org/m:Q4', 'ollama/hf.co/org/m:Q4'],
    ['a name with a slash in it', 'ollama/hf.co/org/m:Q4', '/api/chat', 'hf.co/org/m:Q4', 'ollama/hf.co/org/m:Q4'],
    ['a provider in capitals', 'OpenAI/gpt-fake', '/v1/chat/completions', 'gpt-fake', 'openai/gpt-fake'],
    ['two slashes', 'together/meta/Llama', '/together/v1/chat/completions', 'meta/Llama', 'together/meta/Llama'],
  ])('finds the provider for %s', async (_what, model, path, upstreamModel, resolved) => {
    scene.upstream.on('POST', path, json(200, path === '/api/chat' ? ollamaCompletion() : openAiCompletion()));
    const response = await scene.chat(model === undefined ? {} : { model });
    expect(await response.json()).toMatchObject({ model: resolved });
    expect(response.headers.get('x-mana-llm-resolved')).toBe(resolved);
    const request = await scene.upstream.request(path);
    expect(request.body).toMatchObject({ model: upstreamModel });
  });

  it.each([
    ['temperature', { temperature: 0.2 }, { options: { temperature: 0.2 } }],
    ['top_p', { top_p: 0.5 }, { options: { top_p: 0.5 } }],
    ['seed', { seed: 7 }, { options: { seed: 7 } }],
    ['stop', { stop: ['\n', 'END'] }, { options: { stop: ['\n', 'END'] } }],
    ['max_tokens', { max_tokens: 9 }, { options: { num_predict: 9 } }],
    ['max_completion_tokens', { max_completion_tokens: 9 }, { options: { num_predict: 9 } }],
    ['presence_penalty', { presence_penalty: 0.5 }, { options: { presence_penalty: 0.5 } }],
    ['keep_alive', { keep_alive: '10m' }, { keep_alive: '10m' }],
    ['options', { options: { top_k: 3 } }, { options: { top_k: 3 } }],
  ])('takes %s to Ollama', async (_field, sent, received) => {
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion()));
    expect((await scene.chat({ model: 'ollama/m', ...sent })).status).toBe(200);
    expect((await scene.upstream.request('/api/chat')).body).toMatchObject(received);
  });

  it.each<[unknown, string[] | undefined]>([
    ['', undefined],
    [['', 'END'], ['END']],
  ])('is not ended by Ollama at an empty stop text: %j', async (stop, sent) => {
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion()));
    expect((await scene.chat({ model: 'ollama/m', stop })).status).toBe(200);
    const { body } = await scene.upstream.request('/api/chat');
    expect((body as { options?: { stop?: string[] } }).options?.stop).toEqual(sent);
  });

  it('joins text parts into one message for Ollama, and gives it developer messages as system', async () => {
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion()));
    const parts = [
      { type: 'text', text: 'One' },
      { type: 'text', text: 'two' },
    ];
    await scene.chat({
      model: 'ollama/m',
      messages: [
        { role: 'developer', content: 'Be brief.' },
        { role: 'user', content: parts },
      ],
    });
    const { body } = await scene.upstream.request('/api/chat');
    expect(body).toMatchObject({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: expect.stringMatching(/^One\s*two$/) as string },
      ],
    });
  });

  it.each([
    ['openai/m', '/v1/chat/completions', openAiCompletion({ finish_reason: 'length' })],
    ['ollama/m', '/api/chat', ollamaCompletion({ done_reason: 'length' })],
  ])('says length when %s ran into its limit', async (model, path, answer) => {
    scene.upstream.on('POST', path, json(200, answer));
    expect(await (await scene.chat({ model })).json()).toMatchObject({ choices: [{ finish_reason: 'length' }] });
  });

  it('returns an empty but finished answer of the only candidate as it came', async () => {
    scene.upstream.on('POST', '/v1/chat/completions', json(200, openAiCompletion({ message: { content: '' } })));
    const response = await scene.chat({ model: 'openai/m' });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: '' }, finish_reason: 'stop' }] });
  });

  it('invents no usage', async () => {
    const answer: Record<string, unknown> = openAiCompletion();
    delete answer['usage'];
    scene.upstream.on('POST', '/v1/chat/completions', json(200, answer));
    expect(await (await scene.chat({ model: 'openai/m' })).json()).not.toHaveProperty('usage');
  });
});
