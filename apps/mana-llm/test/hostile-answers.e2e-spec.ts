import {
  DONE,
  json,
  openAiChunk,
  openAiCompletion,
  openAiStream,
  sse,
  sseStream,
  text,
} from '@mana-llm/llm-providers/testing';
import { expectError, expectErrorShape } from './support/expect-error.js';
import { useScene } from './support/scene.js';
import { contentOf, readStream } from './support/stream-answer.js';

const CHAT = '/v1/chat/completions';
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
/** The JSON of a value, with this text in the place of the word `HOSTILE`. */
const withHostile = (value: object, hostile: string): string =>
  JSON.stringify(value).replace(/"HOSTILE"(?::0)?/, hostile);
const event = (value: object, hostile: string): string => `data: ${withHostile(value, hostile)}\n\n`;
const PROTO = '"__proto__":{"tool_calls":5,"refusal":"no","usage":{"prompt_tokens":-1}}';

/** Answers that may be kept go through more of the gateway's own code. */
describe.each([
  ['an answer that may be kept', { temperature: 0 }],
  ['an answer that is not kept', { temperature: 1 }],
])('harmful bytes of a provider in %s', (_form, sampling) => {
  const scene = useScene({ env: { CACHE_TTL: '3600' } });
  let question = 0;

  const ask = (fields: object = {}): Promise<Response> =>
    scene.chat({
      model: 'openai/m',
      ...sampling,
      messages: [{ role: 'user', content: `question ${(question += 1)}` }],
      ...fields,
    });

  /** The gateway still answers, and what it does later has had its turn. */
  const expectAlive = async (): Promise<void> => {
    scene.upstream.on('POST', CHAT, json(200, openAiCompletion()));
    expect((await ask()).status).toBe(200);
  };

  it.each([
    ['in the first chunk', ''],
    ['after content', sse(openAiChunk({ delta: { content: 'a' } }))],
  ])('fail one stream alone: a value that nests 5,000 deep %s', async (_where, before) => {
    const deep = event(openAiChunk({ delta: { content: 'b', custom: 'HOSTILE' } }), nested(5000));
    scene.upstream.on('POST', CHAT, sseStream(before + deep + sse(openAiChunk({ finish_reason: 'stop' }), DONE)));
    const response = await ask({ stream: true });
    if (before === '') await expectError(response, 502, { code: 'bad_response', message: 'deeper than 512' });
    else {
      const stream = await readStream(response);
      expectErrorShape(stream.error, { code: 'bad_response' });
      expect(stream.isDone).toBe(false);
    }
    await expectAlive();
  });

  it('fail one buffered answer alone: a value that nests 100,000 deep', async () => {
    const body = withHostile({ ...openAiCompletion(), custom: 'HOSTILE' }, nested(100_000));
    scene.upstream.on('POST', CHAT, text(200, body, { 'content-type': 'application/json' }));
    await expectError(await ask(), 502, { code: 'bad_response', message: 'deeper than 512' });
    await expectAlive();
  });

  it('pass where they nest 500 deep, whole', async () => {
    const body = withHostile({ ...openAiCompletion(), custom: 'HOSTILE' }, nested(500));
    scene.upstream.on('POST', CHAT, text(200, body, { 'content-type': 'application/json' }));
    expect(await (await ask()).json()).toHaveProperty('custom', JSON.parse(nested(500)));
  });

  it('change nothing but their own field: __proto__ in a chunk, a choice and a delta', async () => {
    const hostile = (fields: Record<string, unknown>): string => event(openAiChunk(fields), PROTO);
    const events = [
      sse(openAiChunk({ delta: { role: 'assistant', content: 'o' } })),
      hostile({ delta: { content: 'k', HOSTILE: 0 } }),
      hostile({ HOSTILE: 0, delta: { content: '!' } }),
      sse(openAiChunk({ finish_reason: 'stop' }), DONE),
    ];
    scene.upstream.on('POST', CHAT, sseStream(events.join('')));
    const body = { messages: [{ role: 'user', content: `question ${(question += 1)}` }] };
    const stream = await readStream(await ask({ stream: true, ...body }));
    expect([contentOf(stream), stream.isDone]).toEqual(['ok!', true]);
    if (sampling.temperature !== 0) return;
    const again = await ask(body);
    expect(again.headers.get('x-mana-llm-cache')).toBe('hit');
    expect(await again.json()).toMatchObject({
      choices: [{ message: { content: 'ok!', refusal: null }, finish_reason: 'stop' }],
    });
  });

  it('are taken at any length: lists of 200,000 entries', async () => {
    const list = JSON.stringify(Array(200_000).fill(''));
    const events = [
      event(openAiChunk({ delta: { content: 'a', marks: 'HOSTILE' } }), '["x"]'),
      event(openAiChunk({ delta: { content: 'b', marks: 'HOSTILE' } }), list),
      sse(openAiChunk({ finish_reason: 'stop' }), DONE),
    ];
    scene.upstream.on('POST', CHAT, sseStream(events.join('')));
    const stream = await readStream(await ask({ stream: true }));
    expect([contentOf(stream), stream.isDone]).toEqual(['ab', true]);
    await expectAlive();
  });

  it.each([-1, 1.5, 1e300, null, '7', [], {}])('are no failure where usage counts %j tokens', async (count) => {
    const usage = { prompt_tokens: count, completion_tokens: 2 } as never;
    scene.upstream.on(
      'POST',
      CHAT,
      json(200, { ...openAiCompletion(), usage }),
      sseStream(openAiStream(['Hi'], { usage })),
    );
    expect((await ask()).status).toBe(200);
    const stream = await readStream(await ask({ stream: true, stream_options: { include_usage: true } }));
    expect([contentOf(stream), stream.isDone]).toEqual(['Hi', true]);
    const metrics = await (await scene.get('/metrics')).text();
    expect(metrics).toMatch(/^mana_llm_tokens_total\{.*completion.*\} \d+$/m);
    expect(metrics).not.toMatch(/^mana_llm_tokens_total\{.*\} (?:-|\d*\.\d|NaN|.*e\+)/m);
  });
});

describe('a request that nests deeply', () => {
  const scene = useScene();

  it.each(['custom', 'tools', 'messages', 'metadata'])('is refused by its door: %s', async (field) => {
    const body = withHostile({ model: 'openai/m', messages: [], [field]: 'HOSTILE' }, nested(3000));
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${scene.gateway.url}${CHAT}`, { method: 'POST', headers, body });
    await expectError(response, 400, {
      type: 'invalid_request_error',
      message: /deeper than 512 levels.*limits\.jsonDepth/,
    });
  });
});
