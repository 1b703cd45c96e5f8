import { createLlmClient } from '../llm-client.js';
import { fakeEmbedding } from './embedding-answer.js';
import { fakeLlm } from './fake-llm.js';

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);

const TEXTS = [
  'The invoice is due on the first of May',
  'Cats sleep most of the day',
  'How to reset the password of your account',
  'The office closes at six in the evening',
];

describe(fakeEmbedding.name, () => {
  it.each([...TEXTS, '', '?!', '日本語'])('is the same unit vector for the same text: %s', (text) => {
    expect(fakeEmbedding(text)).toEqual(fakeEmbedding(text));
    expect(dot(fakeEmbedding(text), fakeEmbedding(text))).toBeCloseTo(1);
  });

  it.each([
    ['When is the invoice due?', 0],
    ['cats sleep', 1],
    ['I forgot my PASSWORD', 2],
    ['Office, in the evening', 3],
  ])('is nearest where words are shared: %s', (query, expected) => {
    const nearness = TEXTS.map((text) => dot(fakeEmbedding(query), fakeEmbedding(text)));
    expect(nearness.indexOf(Math.max(...nearness))).toBe(expected);
  });

  it('takes the order and the case of words for nothing', () => {
    expect(dot(fakeEmbedding('red CAR'), fakeEmbedding('Car, red'))).toBeCloseTo(1);
  });
});

describe('the embeddings of a fake', () => {
  const fake = fakeLlm();
  const client = createLlmClient({ baseUrl: 'http://fake', fetch: fake.fetch });
  afterEach(() => fake.reset());

  const post = async (body: object): Promise<{ data: { embedding: unknown }[] }> => {
    const init = { method: 'POST', body: JSON.stringify(body) };
    const response = await fake.fetch(new URL('http://fake/v1/embeddings'), init);
    return (await response.json()) as { data: { embedding: unknown }[] };
  };

  it('need no script', async () => {
    const [first, second] = await client.embed(['red car', 'blue sea']);
    expect(first).toEqual(Float32Array.from(fakeEmbedding('red car')));
    expect(second).toEqual(Float32Array.from(fakeEmbedding('blue sea')));
    expect(fake.embeddings).toMatchObject([{ texts: ['red car', 'blue sea'], body: { encoding_format: 'base64' } }]);
  });

  it('have the dimensions that are asked for', async () => {
    const [vector] = await client.embed('red car', { dimensions: 8 });
    expect(vector).toEqual(Float32Array.from(fakeEmbedding('red car', 8)));
  });

  it('come as floats too, and for tokens', async () => {
    expect(await post({ input: 'red car', model: 'a/b' })).toMatchObject({
      model: 'a/b',
      data: [{ index: 0, embedding: fakeEmbedding('red car') }],
      usage: { prompt_tokens: 2, total_tokens: 2 },
    });
    expect((await post({ input: [[1, 2], [3]] })).data[1]?.embedding).toEqual(fakeEmbedding('3'));
    expect((await post({ input: [1, 2] })).data).toMatchObject([{ embedding: fakeEmbedding('1 2') }]);
  });

  it('can be scripted by a text', async () => {
    fake.onEmbeddings('red').replies([[1, 0]]);
    expect(await client.embed('red car')).toEqual([Float32Array.of(1, 0)]);
    expect(await client.embed('blue sea')).toEqual([Float32Array.from(fakeEmbedding('blue sea'))]);
  });

  it('can fail', async () => {
    fake.onEmbeddings().fails('status', { status: 429 }).fails('cut').fails('stall');
    await expect(client.embed('x')).rejects.toMatchObject({ name: 'LlmRateLimitError' });
    await expect(client.embed('x')).rejects.toMatchObject({ name: 'LlmUnavailableError', code: 'connection_failed' });
    await expect(client.embed('x', { timeoutMs: 1 })).rejects.toMatchObject({ name: 'LlmTimeoutError' });
    expect(fake.embeddings.map(({ aborted }) => aborted)).toEqual([false, false, true]);
  });

  it('are refused without an input', async () => {
    expect(await post({})).toMatchObject({ error: { param: 'input' } });
  });
});
