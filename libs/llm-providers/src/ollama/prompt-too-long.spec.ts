import { UpstreamError } from '../errors/upstream-error.js';
import { promptTooLong } from './prompt-too-long.js';
import { readOllamaError } from './read-ollama-error.js';

const refusal = (error: unknown): UpstreamError => {
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
    const failure = refusal(error);
    expect(promptTooLong(failure)).toEqual({ error: failure, promptTokens, contextTokens });
  });

  it.each<[string, unknown]>([
    ['another refusal', refusal("model 'x' not found")],
    ['an error of another kind', new Error('request (6010 tokens) exceeds the context (2048 tokens)')],
    ['nothing', undefined],
  ])('is not %s', (_what, error) => {
    expect(promptTooLong(error)).toBeUndefined();
  });
});
