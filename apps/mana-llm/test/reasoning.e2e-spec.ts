import {
  DONE,
  json,
  ndjsonStream,
  ollamaCompletion,
  ollamaStream,
  openAiChunk,
  openAiCompletion,
  sse,
  sseStream,
} from '@mana-llm/llm-providers/testing';
import { useScene } from './support/scene.js';
import { contentOf, deltasOf, readStream } from './support/stream-answer.js';

describe('reasoning', () => {
  const scene = useScene();

  it.each<[string, string, string, object]>([
    [
      'reasoning_content',
      'openai/m',
      '/v1/chat/completions',
      openAiCompletion({ message: { content: 'Four.', reasoning_content: 'Two and two.' } }),
    ],
    [
      'reasoning',
      'openai/m',
      '/v1/chat/completions',
      openAiCompletion({ message: { content: 'Four.', reasoning: 'Two and two.' } }),
    ],
    ['Ollama’s thinking', 'ollama/m', '/api/chat', ollamaCompletion({ content: 'Four.', thinking: 'Two and two.' })],
  ])('is given under both names when the provider sends %s', async (_what, model, path, answer) => {
    scene.upstream.on('POST', path, json(200, answer));
    expect(await (await scene.chat({ model })).json()).toMatchObject({
      choices: [{ message: { content: 'Four.', reasoning_content: 'Two and two.', reasoning: 'Two and two.' } }],
    });
  });

  const streamed = (field: string): string =>
    sse(
      openAiChunk({ delta: { role: 'assistant', content: '' } }),
      openAiChunk({ delta: { [field]: 'Two ' } }),
      openAiChunk({ delta: { [field]: 'and two.' } }),
      openAiChunk({ delta: { content: 'Four.' } }),
      openAiChunk({ finish_reason: 'stop' }),
      DONE,
    );

  it.each([
    ['reasoning_content', 'openai/m', '/v1/chat/completions', sseStream(streamed('reasoning_content'))],
    ['reasoning', 'openai/m', '/v1/chat/completions', sseStream(streamed('reasoning'))],
    [
      'Ollama’s thinking',
      'ollama/m',
      '/api/chat',
      ndjsonStream(ollamaStream([{ thinking: 'Two ' }, { thinking: 'and two.' }, 'Four.'])),
    ],
  ])('streams under both names when the provider sends %s', async (_what, model, path, reply) => {
    scene.upstream.on('POST', path, reply);
    const stream = await readStream(await scene.chat({ model, stream: true }));
    const deltas = deltasOf(stream);
    expect(deltas.map(({ reasoning }) => reasoning ?? '').join('')).toBe('Two and two.');
    expect(deltas.map(({ reasoning_content }) => reasoning_content)).toEqual(deltas.map(({ reasoning }) => reasoning));
    expect(contentOf(stream)).toBe('Four.');
    expect(stream.isDone).toBe(true);
  });

  it('passes reasoning_effort to OpenAI-compatible providers', async () => {
    scene.upstream.on('POST', '/v1/chat/completions', json(200, openAiCompletion()));
    await scene.chat({ model: 'openai/m', reasoning_effort: 'low' });
    expect((await scene.upstream.request('/v1/chat/completions')).body).toMatchObject({ reasoning_effort: 'low' });
  });

  it('asks Ollama to think when reasoning_effort is sent, and not else', async () => {
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion()));
    await scene.chat({ model: 'ollama/m', reasoning_effort: 'high' });
    await scene.chat({ model: 'ollama/m', reasoning_effort: 'none' });
    await scene.chat({ model: 'ollama/m' });
    const [high, none, unsaid] = scene.upstream
      .requestsTo('/api/chat')
      .map(({ body }) => (body as { think?: unknown }).think);
    expect(high).toBeTruthy();
    expect(none).toBe(false);
    expect(unsaid).toBeUndefined();
  });
});
