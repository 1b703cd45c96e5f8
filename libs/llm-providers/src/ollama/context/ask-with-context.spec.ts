import { UpstreamError } from '../../errors/upstream-error.js';
import type { OllamaChatRequest } from '../ollama-api.js';
import { readOllamaError } from '../response/read-ollama-error.js';
import { askWithContext, type KnownContext, promptTooLong } from './ask-with-context.js';

const refusalOf = (error: unknown): UpstreamError => {
  const { message: callerMessage, ...read } = readOllamaError(400, JSON.stringify({ error }));
  return UpstreamError.refused({ ...read, provider: 'ollama', callerMessage });
};

describe(promptTooLong.name, () => {
  it.each<[string, unknown, number | undefined, number | undefined]>([
    [
      'the runner, as JSON text',
      '{"error":{"code":400,"message":"request (6010 tokens) exceeds the available context size (2048 tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":6010,"n_ctx":2048}}',
      6_010,
      2_048,
    ],
    [
      'a runner that tells the numbers beside its words',
      { message: 'the request exceeds the available context size', n_prompt_tokens: 6010, n_ctx: 2048 },
      6_010,
      2_048,
    ],
    ['a server without numbers', 'the input length exceeds the context length', undefined, undefined],
    ['a server of few words', 'prompt is too long', undefined, undefined],
  ])('reads %s', (_who, error, promptTokens, contextTokens) => {
    const failure = refusalOf(error);
    expect(promptTooLong(failure)).toEqual({ error: failure, promptTokens, contextTokens });
  });

  it.each<[string, unknown]>([
    ['another refusal', refusalOf("model 'x' not found")],
    ['an error of another kind', new Error('request (6010 tokens) exceeds the context (2048 tokens)')],
    ['nothing', undefined],
  ])('is not %s', (_what, error) => {
    expect(promptTooLong(error)).toBeUndefined();
  });
});

const body = (options?: OllamaChatRequest['options']): OllamaChatRequest => ({
  model: 'm',
  messages: [{ role: 'user', content: 'hi' }],
  stream: false,
  truncate: false,
  shift: false,
  options,
});
const refusal = (callerMessage: string): UpstreamError =>
  UpstreamError.refused({ provider: 'ollama', callerMessage, status: 400, code: 'context_length_exceeded' });
const counted = (prompt: number, context: number): UpstreamError =>
  refusal(`request (${prompt} tokens) exceeds the available context size (${context} tokens), try increasing it`);

describe(askWithContext.name, () => {
  const refused = jest.fn();
  const noteSent = jest.fn();
  const ask = jest.fn<Promise<string>, [OllamaChatRequest]>();

  beforeEach(() => {
    jest.resetAllMocks();
    ask.mockResolvedValue('answer');
  });

  const known = (tokens: number, fields: Partial<KnownContext> = {}): KnownContext => ({
    estimate: { tokens, refused, answered: jest.fn() },
    limitTokens: 32_768,
    loadedTokens: undefined,
    noteSent,
    ...fields,
  });
  const sizes = (): unknown[] => ask.mock.calls.map(([sent]) => sent.options?.['num_ctx']);
  const failure = (sent: OllamaChatRequest, knownOf: KnownContext): Promise<unknown> =>
    askWithContext(sent, knownOf, ask).then(
      () => Promise.reject(new Error('it did not fail')),
      (error: unknown) => error,
    );

  it.each<[string, OllamaChatRequest, KnownContext, number]>([
    ['the smallest size', body(), known(10), 4_096],
    ['room for the answer asked for', body({ num_predict: 10_000 }), known(10), 16_384],
    ['no room for an endless answer', body({ num_predict: -1 }), known(10), 4_096],
    ['the loaded size', body(), known(10, { loadedTokens: 16_384 }), 16_384],
    ['the limit', body(), known(10, { limitTokens: 2_048 }), 2_048],
    ['a size though the limit is unknown', body(), known(10, { limitTokens: undefined }), 4_096],
    ['a size in the place of null', body({ num_ctx: null }), known(10), 4_096],
  ])('asks with %s', async (_what, sent, knownOf, size) => {
    expect(await askWithContext(sent, knownOf, ask)).toBe('answer');
    expect(ask.mock.calls).toEqual([[{ ...sent, options: { ...sent.options, num_ctx: size } }]]);
    expect(noteSent.mock.calls).toEqual([[size]]);
  });

  it('asks once more with the size that the server counts', async () => {
    ask.mockRejectedValueOnce(counted(6_010, 4_096));
    expect(await askWithContext(body(), known(1_500), ask)).toBe('answer');
    expect(sizes()).toEqual([4_096, 8_192]);
    expect(noteSent.mock.calls).toEqual([[4_096], [8_192]]);
    expect(refused.mock.calls).toEqual([[6_010]]);
  });

  it('asks once more with the next size where the server does not count', async () => {
    ask.mockRejectedValueOnce(refusal('the prompt is too long'));
    expect(await askWithContext(body(), known(1_500), ask)).toBe('answer');
    expect(sizes()).toEqual([4_096, 8_192]);
    expect(refused).not.toHaveBeenCalled();
  });

  it('asks no third time', async () => {
    ask.mockRejectedValueOnce(counted(6_010, 4_096)).mockRejectedValueOnce(counted(9_000, 8_192));
    expect(await failure(body(), known(1_500))).toMatchObject({ message: expect.stringMatching(/9000.*8192/) });
    expect(sizes()).toEqual([4_096, 8_192]);
    expect(refused.mock.calls).toEqual([[6_010], [9_000]]);
  });

  it.each<[string, UpstreamError, RegExp]>([
    ['as the server counts', counted(6_010, 2_048), /of 6010 tokens .* of 2048 tokens/],
    ['as we guess', refusal('the prompt is too long'), /of about 5000 tokens .* of 2048 tokens/],
  ])('tells both numbers of a prompt that is too long for all, %s', async (_how, error, message) => {
    ask.mockRejectedValue(error);
    const thrown = await failure(body(), known(5_000, { limitTokens: 2_048 }));
    expect(thrown).toMatchObject({
      status: 400,
      code: 'context_length_exceeded',
      param: 'messages',
      message: expect.stringMatching(message),
      cause: error,
    });
    expect(sizes()).toEqual([2_048]);
  });

  it("leaves a caller's own size alone, and does not ask again", async () => {
    const error = counted(6_010, 1_024);
    ask.mockRejectedValue(error);
    expect(await failure(body({ num_ctx: 1_024 }), known(10, { loadedTokens: 8_192 }))).toBe(error);
    expect(ask.mock.calls).toEqual([[body({ num_ctx: 1_024 })]]);
    expect(noteSent.mock.calls).toEqual([[1_024]]);
  });

  it('sends a size that is no number to the server as it is', async () => {
    await askWithContext(body({ num_ctx: 'large' }), known(10), ask);
    expect(ask.mock.calls).toEqual([[body({ num_ctx: 'large' })]]);
    expect(noteSent).not.toHaveBeenCalled();
  });

  it.each<[string, Error[]]>([
    ['the first', [new Error('reset')]],
    ['the second', [counted(6_010, 4_096), new Error('reset')]],
  ])('throws any other failure of %s request as it is', async (_which, errors) => {
    for (const error of errors) ask.mockRejectedValueOnce(error);
    expect(await failure(body(), known(1_500))).toBe(errors.at(-1));
    expect(ask).toHaveBeenCalledTimes(errors.length);
  });
});
