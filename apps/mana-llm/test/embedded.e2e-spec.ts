import type { ChatCompletion, EmbeddingList, ErrorBody } from '@mana-llm/openai-api';
import { basename } from 'node:path';
import { type Gateway, startGateway } from './support/gateway.js';
import { metricValue, parseMetrics } from './support/metric-samples.js';
import { contentOf, finishReasonsOf, readStream } from './support/stream-answer.js';
import { StreamReader } from './support/stream-reader.js';

const MODEL_FILE = process.env['EMBEDDED_TEST_MODEL'] ?? '';
const MODEL = `embedded/${basename(MODEL_FILE, '.gguf')}`;

/** What a machine of one's own may lack, CI may not. */
const isSkipped = MODEL_FILE === '' && !['true', '1'].includes(process.env['CI'] ?? '');
const describeWithModel = isSkipped ? describe.skip : describe;
const HOW = '(skipped without EMBEDDED_TEST_MODEL; `node tools/up/embedded-model-path.mjs` gives one)';

const QUESTION = { model: MODEL, messages: [{ role: 'user', content: 'Why is the sky blue?' }], temperature: 0 };

/** An answer that takes minutes: a grammar forces the model to go on. */
const ENDLESS = {
  ...QUESTION,
  response_format: {
    type: 'json_schema',
    json_schema: { name: 'numbers', schema: { type: 'array', items: { type: 'integer' }, minItems: 1000 } },
  },
};
/** As many as the provider generates at once. */
const SEQUENCES = 2;

// The binding is an ES module with native code, which jest's own module system cannot load: the built service runs it.
describeWithModel(`the embedded model ${isSkipped ? HOW : ''}`, () => {
  jest.setTimeout(600_000);
  let gateway: Gateway;

  beforeAll(async () => {
    if (MODEL_FILE === '') throw new Error(`CI tests the embedded model for real: set EMBEDDED_TEST_MODEL ${HOW}.`);
    gateway = await startGateway({ env: { EMBEDDED_MODEL: MODEL_FILE }, isBuilt: true });
  });
  afterAll(() => gateway?.stop());

  const post = (path: string, body: object, signal?: AbortSignal): Promise<Response> =>
    fetch(`${gateway.url}/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    });

  it('is listed by the name of its file', async () => {
    const response = await fetch(`${gateway.url}/v1/models`);
    await expect(response.json()).resolves.toMatchObject({ data: [{ id: MODEL, owned_by: 'embedded' }] });
  });

  it('streams a completion', async () => {
    const stream_options = { include_usage: true };
    const response = await post('chat/completions', { ...QUESTION, max_tokens: 12, stream: true, stream_options });
    const answer = await readStream(response);
    expect(answer).toMatchObject({ isDone: true, error: undefined });
    expect(contentOf(answer)).toMatch(/\w+ \w+/);
    expect(answer.frames.length).toBeGreaterThan(4);
    expect(finishReasonsOf(answer)).toEqual([expect.stringMatching(/^(stop|length)$/)]);
    expect(answer.frames.at(-1)?.usage).toMatchObject({ completion_tokens: expect.any(Number) });
  });

  it('says the same thing again for the same seed', async () => {
    const ask = async (): Promise<ChatCompletion> => {
      const response = await post('chat/completions', { ...QUESTION, temperature: 1, seed: 7, max_tokens: 12 });
      return (await response.json()) as ChatCompletion;
    };
    const [first, second] = [await ask(), await ask()];
    expect(first.choices[0]?.message.content).toBeTruthy();
    expect(second.choices[0]?.message.content).toBe(first.choices[0]?.message.content);
  });

  it('holds to a schema', async () => {
    const schema = { type: 'object', properties: { city: { type: 'string', maxLength: 10 } }, required: ['city'] };
    const response_format = { type: 'json_schema', json_schema: { name: 'place', schema } };
    const response = await post('chat/completions', { ...QUESTION, response_format });
    const { choices } = (await response.json()) as ChatCompletion;
    expect(choices[0]?.finish_reason).toBe('stop');
    expect(JSON.parse(choices[0]?.message.content ?? '')).toEqual({ city: expect.any(String) });
  });

  it('embeds texts and tokens as vectors of length 1', async () => {
    const response = await post('embeddings', {
      model: MODEL,
      input: ['One text.', 'Another.'],
      encoding_format: 'float',
    });
    const { data, usage } = (await response.json()) as EmbeddingList;
    const vectors = data.map(({ embedding }) => embedding as number[]);
    expect(vectors).toHaveLength(2);
    expect(vectors[0]?.length).toBeGreaterThan(100);
    for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    expect(vectors[0]).not.toEqual(vectors[1]);
    expect(usage.prompt_tokens).toBeGreaterThan(2);
  });

  it.each([
    ['a token that the model does not know', 'embeddings', { input: [1e9] }, 'input', null],
    ['an empty text', 'embeddings', { input: ['x', ''] }, 'input[1]', null],
    ['too many dimensions', 'embeddings', { input: 'x', dimensions: 100_000 }, 'dimensions', null],
    ['a text too long to embed', 'embeddings', { input: 'word '.repeat(5_000) }, 'input', 'context_length_exceeded'],
    [
      'a prompt that does not fit',
      'chat/completions',
      { messages: [{ role: 'user', content: 'word '.repeat(10_000) }] },
      'messages',
      'context_length_exceeded',
    ],
  ])('answers 400 to %s', async (_title, path, fields, param, code) => {
    const response = await post(path, { model: MODEL, ...fields });
    expect(response.status).toBe(400);
    expect(((await response.json()) as ErrorBody).error).toMatchObject({ param, code });
  });

  it.each([
    ['streaming', true],
    ['buffered', false],
  ])('frees its sequences when %s callers leave', async (_form, stream) => {
    const idle = await inFlight();
    const callers = Array.from({ length: SEQUENCES }, () => new AbortController());
    const running = callers.map(async ({ signal }) => {
      const response = await post('chat/completions', { ...ENDLESS, stream }, signal);
      await new StreamReader(response).readUntil('never said');
    });
    const left = Promise.allSettled(running);
    // They come first: the next one has to wait for them.
    while ((await inFlight()) < idle + SEQUENCES);
    const next = post('chat/completions', { ...QUESTION, max_tokens: 4 });
    callers.forEach((caller) => caller.abort());
    expect((await next).status).toBe(200);
    expect((await left).map(({ status }) => status)).toEqual(callers.map(() => 'rejected'));
  });

  /** The gauge, which also counts the request that asks for it. */
  async function inFlight(): Promise<number> {
    const response = await fetch(`${gateway.url}/metrics`);
    return metricValue(parseMetrics(await response.text()), 'mana_llm_requests_in_flight') ?? 0;
  }
});
