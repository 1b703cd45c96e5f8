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
import { readStream } from './support/stream-answer.js';

const TOKEN = {
  token: 'Hi',
  logprob: -0.25,
  bytes: [72, 105],
  top_logprobs: [{ token: 'Hi', logprob: -0.25, bytes: [72, 105] }],
};

describe('logprobs', () => {
  const scene = useScene();

  it('pass from an OpenAI-compatible provider', async () => {
    const choice = {
      index: 0,
      message: { role: 'assistant', content: 'Hi' },
      finish_reason: 'stop',
      logprobs: { content: [TOKEN] },
    };
    scene.upstream.on('POST', '/v1/chat/completions', json(200, { ...openAiCompletion(), choices: [choice] }));
    const response = await scene.chat({ model: 'openai/m', logprobs: true, top_logprobs: 1 });
    expect(await response.json()).toMatchObject({ choices: [{ logprobs: { content: [TOKEN] } }] });
    expect((await scene.upstream.request('/v1/chat/completions')).body).toMatchObject({
      logprobs: true,
      top_logprobs: 1,
    });
  });

  it('pass in a stream', async () => {
    const chunk = {
      ...openAiChunk(),
      choices: [{ index: 0, delta: { content: 'Hi' }, logprobs: { content: [TOKEN] }, finish_reason: null }],
    };
    scene.upstream.on(
      'POST',
      '/v1/chat/completions',
      sseStream(sse(chunk, openAiChunk({ finish_reason: 'stop' }), DONE)),
    );
    const stream = await readStream(await scene.chat({ model: 'openai/m', logprobs: true, stream: true }));
    expect(stream.frames.find(({ choices }) => choices[0]?.delta.content === 'Hi')).toMatchObject({
      choices: [{ logprobs: { content: [TOKEN] } }],
    });
  });

  it('come from Ollama in OpenAI’s form', async () => {
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion({ content: 'Hi', logprobs: [TOKEN] })));
    const response = await scene.chat({ model: 'ollama/m', logprobs: true, top_logprobs: 1 });
    expect(await response.json()).toMatchObject({ choices: [{ logprobs: { content: [TOKEN] } }] });
    expect((await scene.upstream.request('/api/chat')).body).toMatchObject({ logprobs: true, top_logprobs: 1 });
  });

  it('stream from Ollama beside their text', async () => {
    scene.upstream.on('POST', '/api/chat', ndjsonStream(ollamaStream([{ content: 'Hi', logprobs: [TOKEN] }])));
    const stream = await readStream(
      await scene.chat({ model: 'ollama/m', logprobs: true, top_logprobs: 1, stream: true }),
    );
    expect(stream.frames.find(({ choices }) => choices[0]?.delta.content === 'Hi')).toMatchObject({
      choices: [{ logprobs: { content: [TOKEN] } }],
    });
  });
});
