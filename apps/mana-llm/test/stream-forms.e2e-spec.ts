import {
  cutAt,
  DONE,
  latch,
  json,
  ndjsonStream,
  ollamaLine,
  ollamaStream,
  openAiChunk,
  openAiCompletion,
  openAiStream,
  openAiUsageChunk,
  type Reply,
  sse,
  sseStream,
  type Step,
} from '@mana-llm/llm-providers/testing';
import { useScene } from './support/scene.js';
import { contentOf, deltasOf, finishReasonsOf, readStream, type StreamAnswer } from './support/stream-answer.js';
import { StreamReader } from './support/stream-reader.js';

describe('a stream, whatever form the upstream gives it,', () => {
  const scene = useScene();

  const script = (path: string, ...steps: Step[]): void => {
    const reply = path === '/api/chat' ? ndjsonStream(...steps) : sseStream(...steps);
    scene.upstream.on('POST', path, reply);
  };

  const openAi = async (steps: Step[], body: Record<string, unknown> = {}): Promise<StreamAnswer> => {
    script('/v1/chat/completions', ...steps);
    return readStream(await scene.chat({ model: 'openai/gpt-fake', stream: true, ...body }));
  };

  it('asks OpenAI-compatible upstreams for usage, asked or not', async () => {
    await openAi([openAiStream(['Hi'])]);
    const { body } = await scene.upstream.request('/v1/chat/completions');
    expect(body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
  });

  it.each([
    [
      'on the finish chunk',
      [openAiChunk({ finish_reason: 'stop', usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } })],
    ],
    [
      'as x_groq.usage',
      [
        openAiChunk({
          finish_reason: 'stop',
          x_groq: { usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } },
        }),
      ],
    ],
    [
      'in a frame of its own',
      [
        openAiChunk({ finish_reason: 'stop' }),
        openAiUsageChunk({ prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }),
      ],
    ],
  ])('finds the usage %s', async (_where, ending) => {
    const chunks = [openAiChunk({ delta: { role: 'assistant', content: 'Hi' } }), ...ending];
    const stream = await openAi([sse(...chunks, DONE)], { stream_options: { include_usage: true } });
    expect(stream.frames.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    });
    expect(stream.text).not.toContain('x_groq');
  });

  it('has no usage frame when the provider tells none', async () => {
    const stream = await openAi([openAiStream(['Hi'], { usage: null })], { stream_options: { include_usage: true } });
    expect(stream.frames.every(({ usage }) => usage === null)).toBe(true);
    expect(stream.isDone).toBe(true);
  });

  it.each<[string, (text: string) => Step[]]>([
    ['CRLF', (text) => [text.replaceAll('\n', '\r\n')]],
    ['no blank after data:', (text) => [text.replaceAll('data: ', 'data:')]],
    ['comments between events', (text) => [text.replaceAll('data: ', ': OPENROUTER PROCESSING\n\ndata: ')]],
    ['no newline at the very end', (text) => [text.trimEnd()]],
    ['blanks after [DONE]', (text) => [text.replace('[DONE]', '[DONE]  ')]],
    ['empty data between events', (text) => [text.replaceAll('data: ', 'data:\n\ndata: ')]],
    ['pings between events', (text) => [text.replaceAll('data: ', 'event: ping\ndata: {"type": "ping"}\n\ndata: ')]],
    ['a cut inside a character', (text) => cutAt(text, Buffer.from(text).indexOf('ü') + 1)],
  ])('reads an upstream that sends %s', async (_what, bytes) => {
    const stream = await openAi(bytes(openAiStream(['Gr', 'üße'])));
    expect(contentOf(stream)).toBe('Grüße');
    expect(stream.isDone).toBe(true);
    expect(stream.frames.every((frame) => !('type' in frame))).toBe(true);
  });

  it.each(['application/json', 'text/plain; charset=utf-8', 'application/octet-stream', 'text/event-stream', ''])(
    'reads streams that are labelled %j',
    async (type) => {
      const label: Record<string, string> = type === '' ? {} : { 'content-type': type };
      const labelled =
        (body: string): Reply =>
        ({ response }) =>
          void response.writeHead(200, label).end(body);
      scene.upstream.on('POST', '/v1/chat/completions', labelled(openAiStream(['Gr', 'üße'])));
      scene.upstream.on('POST', '/api/chat', labelled(ollamaStream(['Gr', 'üße'])));
      for (const model of ['openai/m', 'ollama/m']) {
        const stream = await readStream(await scene.chat({ model, stream: true }));
        expect(contentOf(stream)).toBe('Grüße');
        expect(stream.isDone).toBe(true);
      }
    },
  );

  it('gives a whole answer that came in place of a stream as a stream', async () => {
    const tool_calls = [{ id: 'c', type: 'function' as const, function: { name: 'f', arguments: '{}' } }];
    const whole = openAiCompletion({ message: { content: 'Hi', tool_calls }, finish_reason: 'tool_calls' });
    scene.upstream.on('POST', '/v1/chat/completions', json(200, whole));
    const options = { stream: true, stream_options: { include_usage: true } };
    const stream = await readStream(await scene.chat({ model: 'openai/m', ...options }));
    expect(contentOf(stream)).toBe('Hi');
    expect(deltasOf(stream)[0]).toMatchObject({ role: 'assistant', tool_calls: [{ index: 0, id: 'c' }] });
    expect(finishReasonsOf(stream)).toEqual(['tool_calls']);
    expect(stream.frames.at(-1)).toMatchObject({ usage: whole['usage'] });
    expect(stream.isDone).toBe(true);
  });

  it.each(['', false, null, {}, [], 0])('takes %j in the field of an error for none', async (error) => {
    const chunks = [openAiChunk({ delta: { content: 'Hi' }, error }), openAiChunk({ finish_reason: 'stop', error })];
    expect((await openAi([sse(...chunks, DONE)])).isDone).toBe(true);
    scene.upstream.on('POST', '/v1/chat/completions', json(200, openAiCompletion({ error })));
    expect((await scene.chat({ model: 'openai/m' })).status).toBe(200);
  });

  it('keeps unknown fields of frames, choices and deltas, and drops the providers’ noise', async () => {
    const chunk = openAiChunk({
      choices: [
        { index: 0, delta: { role: 'assistant', content: 'Hi', annotations: [1] }, finish_reason: null, native: 'x' },
      ],
      service_tier: 'default',
      obfuscation: 'zzzz',
      prompt_filter_results: [],
    });
    const stream = await openAi([sse(chunk, openAiChunk({ finish_reason: 'stop' }), DONE)]);
    expect(stream.frames[0]).toMatchObject({
      service_tier: 'default',
      choices: [{ native: 'x', delta: { annotations: [1] } }],
    });
    expect(stream.text).not.toMatch(/obfuscation|prompt_filter_results/);
  });

  it('drops an empty delta after the finish reason', async () => {
    const chunks = [
      openAiChunk({ delta: { content: 'Hi' } }),
      openAiChunk({ finish_reason: 'stop' }),
      openAiChunk({ delta: { content: '' } }),
    ];
    const stream = await openAi([sse(...chunks, DONE)]);
    expect(finishReasonsOf(stream)).toEqual(['stop']);
    expect(stream.frames.at(-1)?.choices[0]?.finish_reason).toBe('stop');
    expect(stream.isDone).toBe(true);
  });

  it('holds the finish back until the upstream’s end marker has come', async () => {
    const held = latch();
    const chunks = [openAiChunk({ delta: { content: 'Hi' } }), openAiChunk({ finish_reason: 'stop' })];
    script('/v1/chat/completions', sse(...chunks), held, sse(DONE));
    const reader = new StreamReader(await scene.chat({ model: 'openai/gpt-fake', stream: true }));
    await reader.readUntil('Hi');
    expect(reader.textSoFar).not.toContain('"finish_reason":"stop"');
    held.open();
    expect(finishReasonsOf(await reader.rest())).toEqual(['stop']);
  });

  it('returns an empty but finished stream of the only candidate as it came', async () => {
    script('/api/chat', ollamaStream([]));
    const stream = await readStream(await scene.chat({ model: 'ollama/m', stream: true }));
    expect(contentOf(stream)).toBe('');
    expect(finishReasonsOf(stream)).toEqual(['stop']);
    expect(stream.isDone).toBe(true);
  });

  it('ends with length where Ollama says so', async () => {
    script('/api/chat', ollamaLine({ content: 'Hi' }), ollamaStream([], { done_reason: 'length' }));
    expect(finishReasonsOf(await readStream(await scene.chat({ model: 'ollama/m', stream: true })))).toEqual([
      'length',
    ]);
  });
});
