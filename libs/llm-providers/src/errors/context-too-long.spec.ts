import { ApiError } from '@mana-llm/openai-api';
import { isContextTooLong, saysContextTooLong } from './context-too-long.js';
import { unwrapErrorText } from './error-text.js';
import { UpstreamError } from './upstream-error.js';

const says = (status: number | undefined, error: unknown): boolean =>
  saysContextTooLong(status, unwrapErrorText(error));

describe(saysContextTooLong.name, () => {
  it.each<[string, unknown]>([
    [
      'OpenAI',
      {
        message:
          "This model's maximum context length is 8192 tokens. However, your messages resulted in 8545 tokens. Please reduce the length of the messages.",
        type: 'invalid_request_error',
        code: 'context_length_exceeded',
      },
    ],
    [
      'OpenAI, of newer models',
      {
        message: 'Your input exceeds the context window of this model. Please adjust your input and try again.',
        code: 'context_length_exceeded',
      },
    ],
    [
      'OpenAI, of embeddings',
      {
        message:
          "This model's maximum context length is 8192 tokens, however you requested 10000 tokens (10000 in your prompt; 0 for the completion). Please reduce your prompt; or completion length.",
        code: null,
      },
    ],
    ['OpenAI, of one embedding', { message: "Invalid 'input[3]': maximum input length is 8192 tokens." }],
    [
      'Groq',
      {
        message: 'Please reduce the length of the messages or completion.',
        type: 'invalid_request_error',
        param: 'messages',
        code: 'context_length_exceeded',
      },
    ],
    [
      'Cerebras',
      {
        message: 'Please reduce the length of the messages or completion. Current length is 10036 while limit is 8192',
        code: 'context_length_exceeded',
      },
    ],
    ['Together', "The input (516368 tokens) is longer than the model's context length (262144 tokens)."],
    [
      'Together and TGI, of prompt and answer',
      'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens and 512 `max_new_tokens`',
    ],
    ['TGI', 'Input validation error: `inputs` must have less than 4096 tokens. Given: 5000'],
    [
      'Mistral',
      {
        object: 'error',
        message:
          'Prompt contains 65673 tokens and 0 draft tokens, too large for model with 32768 maximum context length',
        type: 'invalid_request_invalid_args',
        code: '3051',
      },
    ],
    [
      'DeepSeek',
      {
        message:
          "This model's maximum context length is 65536 tokens. However, you requested 70000 tokens (66000 in the messages, 4000 in the completion). Please reduce the length of the messages or completion.",
        type: 'invalid_request_error',
        code: 'invalid_request_error',
      },
    ],
    [
      'OpenRouter',
      {
        message:
          "This endpoint's maximum context length is 131072 tokens. However, you requested about 132463 tokens (1463 of text input, 131000 in the output). Please reduce the length of either one.",
        code: 400,
      },
    ],
    [
      'OpenRouter, for the provider behind it',
      {
        message: 'Provider returned error',
        code: 400,
        metadata: {
          raw: '{"error":{"message":"prompt is too long: 213462 tokens > 200000 maximum"}}',
          provider_name: 'x',
        },
      },
    ],
    [
      'vLLM',
      {
        object: 'error',
        message:
          "This model's maximum context length is 16384 tokens. However, you requested 122946 tokens (112946 in the messages, 10000 in the completion). Please reduce the length of the messages or completion.",
        type: 'BadRequestError',
        code: 400,
      },
    ],
    [
      'vLLM, of prompt and answer',
      "'max_tokens' or 'max_completion_tokens' is too large: 2000. This model's maximum context length is 4096 tokens and your request has 2104 input tokens (2000 > 4096 - 2104).",
    ],
    ['vLLM, of the prompt alone', 'The decoder prompt (length 5000) is longer than the maximum model length of 4096.'],
    ['vLLM, older', 'Input prompt (5000 tokens) is too long and exceeds limit of 4096'],
    ['SGLang', "Requested token count exceeds the model's maximum context length of 131072 tokens."],
    [
      'Google',
      {
        code: 400,
        message: 'The input token count (1196265) exceeds the maximum number of tokens allowed (1048575).',
        status: 'INVALID_ARGUMENT',
      },
    ],
    ['Anthropic', { type: 'invalid_request_error', message: 'prompt is too long: 213462 tokens > 200000 maximum' }],
    [
      'Anthropic, of prompt and answer',
      'input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length or `max_tokens` and try again',
    ],
    ['Bedrock', 'Input is too long for requested model.'],
    ['Fireworks', 'The prompt is too long: 140000, model maximum context length: 131071'],
    ['xAI', "This model's maximum prompt length is 131072 but the request contains 537812 tokens."],
    [
      'llama.cpp',
      {
        code: 400,
        message: 'the request exceeds the available context size, try increasing it',
        type: 'exceed_context_size_error',
        n_prompt_tokens: 6010,
        n_ctx: 2048,
      },
    ],
    ['llama.cpp in the middle of an answer', 'Context size has been exceeded.'],
    [
      'LM Studio',
      'The number of tokens to keep from the initial prompt is greater than the context length. Try to load the model with a larger context length, or provide a shorter input',
    ],
    [
      'LM Studio, older',
      'Trying to keep the first 4567 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough.',
    ],
    [
      'LM Studio in the middle of an answer',
      'Reached context length of 4096 tokens with this model, but it does not support mid-generation context overflow.',
    ],
    ['Ollama, as an OpenAI-compatible server', 'the input length exceeds the context length'],
    ['Ollama, of a chat', 'prompt too long; exceeded max context length by 4096 tokens'],
    ['Cohere', 'too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 8000.'],
    ['Moonshot', 'Invalid request: Your request exceeded model token limit: 8192 (requested: 10000)'],
    ['Z.ai', { code: '1261', message: 'Prompt exceeds max length' }],
    ['Z.ai by its code', { code: 'model_context_window_exceeded', message: 'No.' }],
    ['DashScope', { code: 'InvalidParameter', message: 'Range of input length should be [1, 30720]' }],
    ['MiniMax', 'invalid params, context window exceeds limit (2013)'],
    [
      'GitHub Copilot',
      {
        message: 'prompt token count of 130000 exceeds the limit of 128000',
        code: 'model_max_prompt_tokens_exceeded',
      },
    ],
    [
      'GitHub Models',
      { code: 'tokens_limit_reached', message: 'Request body too large for gpt-4o model. Max size: 8000 tokens.' },
    ],
  ])('knows it as %s says it', (_who, error) => {
    for (const status of [400, 413, 422, undefined]) expect(says(status, error)).toBe(true);
  });

  it.each<[string, unknown]>([
    [
      "Groq's limit of a minute",
      {
        message:
          'Request too large for model `x` in organization `y` service tier `on_demand` on tokens per minute (TPM): Limit 6000, Requested 7000, please reduce your message size and try again.',
        type: 'tokens',
        code: 'rate_limit_exceeded',
      },
    ],
    [
      "OpenAI's limit of a minute",
      'Request too large for gpt-4o in organization x on tokens per min (TPM): Limit 30000, Requested 40000. The input or output tokens must be reduced in order to run successfully.',
    ],
    [
      'a limit over time that advises the same',
      { message: 'Please reduce the length of the messages.', code: 'rate_limit_exceeded' },
    ],
    ['a quota', { message: 'You exceeded your current quota, please check your plan.', code: 'insufficient_quota' }],
    [
      'too long an answer',
      'max_tokens is too large: 100000. This model supports at most 16384 completion tokens, whereas you provided 100000.',
    ],
    [
      "Anthropic's too long an answer",
      'max_tokens: 100000 > 8192, which is the maximum allowed number of output tokens',
    ],
    ['too many bytes', { type: 'request_too_large', message: 'Request exceeds the maximum allowed number of bytes' }],
    ['too large a batch', { message: 'Requested 400000 tokens, max 300000 tokens per request' }],
    [
      'too long a string',
      {
        message: "Invalid 'user': string too long. Expected a string with maximum length 64, but got 70 instead.",
        code: 'string_above_max_length',
      },
    ],
    ['an unknown field', { message: 'Unknown parameter: context_length', code: 'unknown_parameter' }],
    ['no words', {}],
  ])('does not take %s for it', (_what, error) => {
    for (const status of [400, 413, 422, undefined]) expect(says(status, error)).toBe(false);
  });

  it.each([401, 404, 429, 500, 503])('knows it by no words under status %i', (status) => {
    expect(says(status, { message: 'prompt is too long', code: 'context_length_exceeded' })).toBe(false);
  });
});

const refusal = (code: string | null): UpstreamError =>
  new UpstreamError('No.', { provider: 'p', kind: 'refused', status: 400, code });

describe(isContextTooLong.name, () => {
  it.each<[string, unknown, boolean]>([
    ["a provider's refusal", refusal('context_length_exceeded'), true],
    ['a refusal of ours', ApiError.invalidRequest('No.', 'messages', 'context_length_exceeded'), true],
    ['another refusal of a provider', refusal(null), false],
    ['another refusal of ours', ApiError.invalidRequest('No.'), false],
    ['any other error', Object.assign(new Error('No.'), { code: 'context_length_exceeded' }), false],
    ['no error', undefined, false],
  ])('of %s', (_what, error, expected) => {
    expect(isContextTooLong(error)).toBe(expected);
  });
});
