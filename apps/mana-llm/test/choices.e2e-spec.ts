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
import { contentOf, deltasOf, finishReasonsOf, readStream } from './support/stream-answer.js';

describe('several choices (n)', () => {
  const scene = useScene();

  it('are an OpenAI-compatible provider’s own', async () => {
    const choice = (index: number, content: string): object => ({
      index,
      message: { role: 'assistant', content },
      finish_reason: 'stop',
    });
    const answer = { ...openAiCompletion(), choices: [choice(0, 'One'), choice(1, 'Two')] };
    scene.upstream.on('POST', '/v1/chat/completions', json(200, answer));
    const response = await scene.chat({ model: 'openai/m', n: 2 });
    expect(await response.json()).toMatchObject({
      choices: [
        { index: 0, message: { content: 'One' } },
        { index: 1, message: { content: 'Two' } },
      ],
    });
    expect((await scene.upstream.request('/v1/chat/completions')).body).toMatchObject({ n: 2 });
  });

  it('keep apart in a stream, each with its own role and finish', async () => {
    const chunks = [0, 1].flatMap((index) => [openAiChunk({ index, delta: { role: 'assistant', content: '' } })]);
    const texts = [
      openAiChunk({ index: 1, delta: { content: 'Two' } }),
      openAiChunk({ index: 0, delta: { content: 'One' } }),
    ];
    const ends = [1, 0].map((index) => openAiChunk({ index, finish_reason: 'stop' }));
    scene.upstream.on('POST', '/v1/chat/completions', sseStream(sse(...chunks, ...texts, ...ends, DONE)));
    const stream = await readStream(await scene.chat({ model: 'openai/m', n: 2, stream: true }));
    expect([contentOf(stream, 0), contentOf(stream, 1)]).toEqual(['One', 'Two']);
    expect(finishReasonsOf(stream)).toEqual(['stop', 'stop']);
    for (const index of [0, 1]) expect(deltasOf(stream, index).filter(({ role }) => role)).toHaveLength(1);
    expect(stream.isDone).toBe(true);
  });

  it('are asked of Ollama one by one and put together, with the usage of all', async () => {
    scene.upstream.on(
      'POST',
      '/api/chat',
      json(200, ollamaCompletion({ content: 'One' })),
      json(200, ollamaCompletion({ content: 'Two' })),
    );
    const body = (await (await scene.chat({ model: 'ollama/m', n: 2 })).json()) as {
      choices: { index: number; message: { content: string } }[];
    };
    expect(body.choices.map(({ index }) => index)).toEqual([0, 1]);
    expect(body.choices.map(({ message }) => message.content).sort()).toEqual(['One', 'Two']);
    expect(body).toMatchObject({ usage: { completion_tokens: 8 } });
    expect(scene.upstream.requestsTo('/api/chat')).toHaveLength(2);
  });

  it('stream from Ollama as one stream with one usage frame', async () => {
    scene.upstream.on(
      'POST',
      '/api/chat',
      ndjsonStream(ollamaStream(['O', 'ne'])),
      ndjsonStream(ollamaStream(['T', 'wo'])),
    );
    const stream = await readStream(
      await scene.chat({ model: 'ollama/m', n: 2, stream: true, stream_options: { include_usage: true } }),
    );
    expect([contentOf(stream, 0), contentOf(stream, 1)].sort()).toEqual(['One', 'Two']);
    expect(finishReasonsOf(stream)).toEqual(['stop', 'stop']);
    expect(new Set(stream.frames.map(({ id }) => id)).size).toBe(1);
    expect(stream.frames.filter(({ usage }) => usage)).toHaveLength(1);
    expect(stream.frames.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 8 } });
    expect(stream.isDone).toBe(true);
  });
});
