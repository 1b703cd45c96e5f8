import {
  latch,
  openAiCompletion,
  openAiEmbeddings,
  json,
  openAiStream,
  sseStream,
} from '@mana-llm/llm-providers/testing';
import { useScene } from '../support/scene.js';
import { contentOf, readStream } from '../support/stream-answer.js';

const CHAT = '/v1/chat/completions';
const MODEL = 'openai/gpt-fake';

describe('the cache', () => {
  const scene = useScene({ env: { CACHE_TTL: '3600' } });
  let text = 0;

  /** A request that is like no other one. */
  const request = (fields: object = {}): Record<string, unknown> => ({
    model: MODEL,
    messages: [{ role: 'user', content: `text ${(text += 1)}` }],
    temperature: 0,
    ...fields,
  });

  const answerOnce = (content: string): void =>
    void scene.upstream.on('POST', CHAT, json(200, openAiCompletion({ message: { role: 'assistant', content } })));
  const resultOf = (response: Response): string | null => response.headers.get('x-mana-llm-cache');

  it('answers the same request again without asking, with an id of its own', async () => {
    answerOnce('Hello');
    const body = request();
    const first = await scene.chat(body);
    const again = await scene.chat(body);
    const [one, other] = [await first.json(), await again.json()] as { id: string; choices: unknown; usage: unknown }[];
    expect([resultOf(first), resultOf(again)]).toEqual(['miss', 'hit']);
    expect(Object.fromEntries(again.headers)).toMatchObject({
      age: '0',
      'x-mana-llm-resolved': MODEL,
      'x-mana-llm-attempts': '0',
    });
    expect(other?.choices).toEqual(one?.choices);
    expect(other?.usage).toEqual(one?.usage);
    expect(other?.id).not.toBe(one?.id);
  });

  it('gives one entry as a stream too, with usage where it is asked for', async () => {
    answerOnce('Hello there');
    const body = request();
    await (await scene.chat(body)).text();
    const response = await scene.chat({ ...body, stream: true, stream_options: { include_usage: true } });
    const stream = await readStream(response);
    expect(resultOf(response)).toBe('hit');
    expect(contentOf(stream)).toBe('Hello there');
    expect(stream).toMatchObject({ isDone: true });
  });

  it('keeps a stream that came to its end, for both forms', async () => {
    scene.upstream.on('POST', CHAT, sseStream(openAiStream(['Hel', 'lo'])));
    const body = request();
    await (await scene.chat({ ...body, stream: true })).text();
    const again = await scene.chat(body);
    expect(resultOf(again)).toBe('hit');
    expect(await again.json()).toMatchObject({ choices: [{ message: { content: 'Hello' }, finish_reason: 'stop' }] });
  });

  it('keeps nothing of a stream that broke', async () => {
    scene.upstream.on('POST', CHAT, sseStream(openAiStream(['Hel', 'lo']).replace('data: [DONE]\n\n', '')));
    const body = request();
    expect(await (await scene.chat({ ...body, stream: true })).text()).toContain('"error"');
    answerOnce('Whole');
    const again = await scene.chat(body);
    expect(resultOf(again)).toBe('miss');
    expect(await again.json()).toMatchObject({ choices: [{ message: { content: 'Whole' } }] });
  });

  it.each<[string, object, Record<string, string>, string]>([
    ['what is not reproducible', { temperature: 1 }, {}, 'bypass'],
    ['no-store', {}, { 'cache-control': 'no-store' }, 'bypass'],
    ['no-cache', {}, { 'cache-control': 'no-cache' }, 'miss'],
    ['another scope', {}, { 'x-mana-llm-cache-scope': 'other' }, 'miss'],
    ['another key', {}, { authorization: 'Bearer other' }, 'miss'],
  ])('asks again for %s', async (_what, fields, headers, result) => {
    answerOnce('one');
    const body = request(fields);
    await (await scene.chat(body)).text();
    answerOnce('two');
    const again = await scene.chat(body, { headers });
    expect(resultOf(again)).toBe(result);
    expect(await again.json()).toMatchObject({ choices: [{ message: { content: 'two' } }] });
  });

  it('keeps what is not reproducible for those who ask for it', async () => {
    answerOnce('one');
    const body = request({ temperature: 1 });
    const headers = { 'cache-control': 'max-age=60' };
    await (await scene.chat(body, { headers })).text();
    expect(resultOf(await scene.chat(body, { headers }))).toBe('hit');
  });

  it('answers only-if-cached with 504 where it has nothing', async () => {
    const response = await scene.chat(request(), { headers: { 'cache-control': 'only-if-cached' } });
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ error: { code: 'not_cached' } });
  });

  it.each([false, true])('sends equal requests at once only one time (stream: %s)', async (stream) => {
    const held = latch();
    const pieces = openAiStream(['Hel', 'lo']).split(/(?<=\n\n)/);
    scene.upstream.on(
      'POST',
      CHAT,
      stream
        ? sseStream(...pieces.slice(0, 2), held, ...pieces.slice(2))
        : json(200, openAiCompletion({ message: { role: 'assistant', content: 'Hello' } })),
    );
    const body = request({ stream });
    const asked = Array.from({ length: 50 }, () => scene.chat(body));
    held.open();
    const results = await Promise.all(
      asked.map(async (pending) => [resultOf(await pending), await (await pending).text()]),
    );
    expect(results.filter(([result]) => result === 'miss')).toHaveLength(1);
    for (const [, answer] of results) expect(answer).toMatch(/Hel.*lo/s);
  });

  it('asks for the new texts of a batch alone', async () => {
    scene.upstream.on('POST', '/v1/embeddings', json(200, openAiEmbeddings([1], [2])));
    await scene.post('/v1/embeddings', { model: 'openai/e', input: ['a', 'b'] });
    scene.upstream.on('POST', '/v1/embeddings', json(200, openAiEmbeddings([3])));
    const response = await scene.post('/v1/embeddings', { model: 'openai/e', input: ['b', 'c', 'a'] });
    expect(await response.json()).toMatchObject({ data: [{ embedding: [2] }, { embedding: [3] }, { embedding: [1] }] });
    const again = await scene.post('/v1/embeddings', { model: 'openai/e', input: 'c' });
    expect(resultOf(again)).toBe('hit');
    expect(await again.json()).toMatchObject({
      data: [{ embedding: [3] }],
      usage: { prompt_tokens: 0, total_tokens: 0 },
    });
  });

  it('counts what it did', async () => {
    const metrics = await (await scene.get('/metrics')).text();
    expect(metrics).toMatch(/mana_llm_cache_requests_total\{kind="chat",result="hit"\} [1-9]/);
    expect(metrics).toMatch(/mana_llm_cache_entries\{layer="memory"\} [1-9]/);
  });
});
