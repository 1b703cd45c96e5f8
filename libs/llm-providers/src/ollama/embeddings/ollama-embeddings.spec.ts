import { ApiError } from '@mana-llm/openai-api';
import { UpstreamError } from '../../errors/upstream-error.js';
import type { ProviderEmbeddingRequest } from '../../llm-provider.js';
import type { OllamaEmbedRequest } from '../ollama-api.js';
import { embedInBatches } from './ollama-embeddings.js';

const LIMIT = 10;
const OLLAMA_WORDS = 'the input length exceeds the context length';
const tooLong = () =>
  UpstreamError.refused({
    provider: 'ollama',
    callerMessage: OLLAMA_WORDS,
    status: 400,
    code: 'context_length_exceeded',
  });

/** A server that refuses a call with a text of more than ten letters and embeds a text as its first letter's number. */
function serverOf(countTokens = (text: string): number => text.length) {
  return jest.fn(async ({ input, dimensions = 2 }: OllamaEmbedRequest): Promise<unknown> => {
    const texts = typeof input === 'string' ? [input] : input;
    if (texts.some((text) => countTokens(text) > LIMIT)) throw tooLong();
    const embeddings = texts.map((text) => Array<number>(dimensions).fill(text.charCodeAt(0)));
    return { embeddings, prompt_eval_count: texts.length };
  });
}

const texts = (count: number): string[] => Array.from({ length: count }, (_, index) => String.fromCharCode(65 + index));
const embed = (request: object, ask: (body: OllamaEmbedRequest) => Promise<unknown>, batchSize = 4) =>
  embedInBatches({ model: 'nomic', ...request } as ProviderEmbeddingRequest, { provider: 'ollama', batchSize, ask });
const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error,
  );

describe(embedInBatches.name, () => {
  it.each<[number, number[]]>([
    [1, [1]],
    [4, [4]],
    [5, [4, 1]],
    [8, [4, 4]],
    [11, [4, 4, 3]],
  ])('asks for %d texts in batches of %j', async (count, sizes) => {
    const ask = serverOf();
    const list = await embed({ input: texts(count) }, ask);
    expect(ask.mock.calls.map(([{ input }]) => input.length)).toEqual(sizes);
    expect(list).toEqual({
      object: 'list',
      data: texts(count).map((text, index) => {
        const letter = text.charCodeAt(0);
        return { object: 'embedding', index, embedding: [letter, letter] };
      }),
      model: 'ollama/nomic',
      usage: { prompt_tokens: count, total_tokens: count },
    });
  });

  it('sends a batch only after the answer to the one before', async () => {
    const answers: (() => void)[] = [];
    const server = serverOf();
    const ask = jest.fn(async (body: OllamaEmbedRequest) => {
      await new Promise<void>((resolve) => answers.push(resolve));
      return server(body);
    });
    const list = embed({ input: texts(3) }, ask, 2);
    await new Promise(setImmediate);
    expect(ask).toHaveBeenCalledTimes(1);
    answers[0]?.();
    await new Promise(setImmediate);
    expect(ask).toHaveBeenCalledTimes(2);
    answers[1]?.();
    expect((await list).data).toHaveLength(3);
  });

  it('gives every batch the fields of the request', async () => {
    const ask = serverOf();
    await embed({ input: texts(2), dimensions: 3, keep_alive: '5m', options: { num_ctx: 512 } }, ask, 1);
    const fields = { model: 'nomic', truncate: false, dimensions: 3, keep_alive: '5m', options: { num_ctx: 512 } };
    expect(ask.mock.calls).toEqual([[{ ...fields, input: ['A'] }], [{ ...fields, input: ['B'] }]]);
  });

  it('sends a single text as it is', async () => {
    const ask = serverOf();
    expect((await embed({ input: 'A' }, ask)).data).toEqual([{ object: 'embedding', index: 0, embedding: [65, 65] }]);
    expect(ask.mock.calls).toEqual([[expect.objectContaining({ input: 'A' })]]);
  });

  it.each<[string, unknown, string, number]>([
    ['a single text', 'x'.repeat(11), 'input', 1],
    ['the only text of a list', ['x'.repeat(11)], 'input[0]', 1],
    ['the only text of the last batch', [...texts(4), 'x'.repeat(11)], 'input[4]', 2],
    ['one of the first batch', ['a', 'x'.repeat(11), 'b'], 'input[1]', 2],
    ['one of a later batch', [...texts(6), 'x'.repeat(11), 'z'], 'input[6]', 3],
    ['two of which one is longer', ['x'.repeat(11), 'x'.repeat(12)], 'input[1]', 2],
  ])('names %s that does not fit', async (_what, input, param, calls) => {
    const ask = serverOf();
    const error = await failureOf(embed({ input }, ask));
    expect(error).toBeInstanceOf(UpstreamError);
    expect(error).toMatchObject({
      status: 400,
      code: 'context_length_exceeded',
      param,
      message: 'ollama answered with status 400.',
      callerMessage: `${param} does not fit the model: ${OLLAMA_WORDS}`,
    });
    expect(ask).toHaveBeenCalledTimes(calls);
  });

  it('goes on with the next longest where the longest text is accepted', async () => {
    const ask = serverOf((text) => (text === 'dense' ? 99 : 1));
    const error = await failureOf(embed({ input: ['dense', 'long but light', 'x'] }, ask));
    expect(error).toMatchObject({ param: 'input[0]' });
    expect(ask).toHaveBeenCalledTimes(3);
  });

  it('looks for the text at most eight times', async () => {
    const ask = jest.fn(async ({ input }: OllamaEmbedRequest): Promise<unknown> => {
      if (input.length > 1) throw tooLong();
      return { embeddings: [[1]] };
    });
    const error = await failureOf(embed({ input: texts(20) }, ask, 20));
    expect(error).toMatchObject({ param: 'input', code: 'context_length_exceeded' });
    expect(ask).toHaveBeenCalledTimes(9);
  });

  it.each<[string, number]>([
    ['of a batch', 2],
    ['met in the search', 3],
  ])('gives every other failure %s as it is', async (_when, failingCall) => {
    const broken = new UpstreamError('broken', { provider: 'ollama', kind: 'connection_failed' });
    const server = serverOf();
    const ask = jest.fn(async (body: OllamaEmbedRequest) => {
      if (ask.mock.calls.length === failingCall) throw broken;
      return server(body);
    });
    expect(await failureOf(embed({ input: ['a', 'x', 'x'.repeat(11), 'y'] }, ask, 2))).toBe(broken);
  });

  it('refuses vectors of another length than was asked for, at the first batch', async () => {
    const server = serverOf();
    const ask = jest.fn(({ dimensions: _ignored, ...body }: OllamaEmbedRequest) => server(body));
    const error = await failureOf(embed({ input: texts(8), dimensions: 3 }, ask));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 400, param: 'dimensions' });
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it('refuses an answer with fewer vectors than texts', async () => {
    const ask = async (): Promise<unknown> => ({ embeddings: [[1]] });
    expect(await failureOf(embed({ input: texts(5) }, ask))).toMatchObject({ kind: 'bad_response' });
  });

  it('refuses tokens', async () => {
    expect(await failureOf(embed({ input: [[1, 2], [3]] }, serverOf()))).toMatchObject({ status: 400 });
  });
});
