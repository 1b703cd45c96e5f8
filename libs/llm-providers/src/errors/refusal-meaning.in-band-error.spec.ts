import type { JsonObject } from '@mana-llm/openai-api';
import { inBandError } from './refusal-meaning.js';

const NESTED = JSON.stringify({
  error: {
    code: 400,
    message: 'request (6010 tokens) exceeds the available context size (2048 tokens), try increasing it',
    type: 'exceed_context_size_error',
    n_prompt_tokens: 6010,
    n_ctx: 2048,
  },
});

describe(inBandError.name, () => {
  it.each<[string, JsonObject, object]>([
    [
      "OpenAI's",
      { error: { message: 'The server had an error.', type: 'server_error', param: null, code: null } },
      { callerMessage: 'The server had an error.', status: 500, type: 'server_error', code: null, param: null },
    ],
    [
      "OpenAI's for a bad request",
      { error: { message: 'Bad field.', type: 'invalid_request_error', param: 'messages', code: 'bad_field' } },
      { status: 400, type: 'invalid_request_error', param: 'messages', code: 'bad_field' },
    ],
    [
      "OpenRouter's, with a numeric code",
      { id: 'g', error: { code: 429, message: 'Rate limited.', metadata: { provider_name: 'x' } } },
      { callerMessage: 'Rate limited.', status: 429, code: null },
    ],
    [
      "OpenRouter's in mid-stream",
      {
        id: 'g',
        provider: 'x',
        error: { code: '502', message: 'Provider disconnected.' },
        choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
      },
      { callerMessage: 'Provider disconnected.', status: 502, code: '502' },
    ],
    [
      "OpenRouter's in a choice",
      { choices: [{ index: 0, message: { content: '' } }, { error: { code: 503, message: 'Overloaded.' } }] },
      { callerMessage: 'Overloaded.', status: 503 },
    ],
    [
      "Groq's, with a status code",
      {
        error: { message: 'Failed to call a function.', type: 'api_error', code: 'tool_use_failed', status_code: 400 },
      },
      { callerMessage: 'Failed to call a function.', status: 400, code: 'tool_use_failed' },
    ],
    [
      "Ollama's line",
      { error: 'model runner has stopped' },
      { callerMessage: 'model runner has stopped', status: undefined, type: null },
    ],
    [
      "Ollama's, with JSON text inside",
      { error: NESTED },
      {
        callerMessage: expect.stringMatching(/^request \(6010 tokens\)/),
        status: 400,
        type: 'exceed_context_size_error',
      },
    ],
    [
      'JSON text inside a message',
      { error: { code: 500, message: NESTED } },
      { callerMessage: expect.stringMatching(/^request \(6010 tokens\)/), status: 400 },
    ],
    [
      "llama.cpp's, whose context is full in the middle of an answer",
      { error: { code: 500, message: 'Context size has been exceeded.', type: 'server_error' } },
      { status: 400, code: 'context_length_exceeded' },
    ],
    [
      "a limit over time that sounds like a prompt's",
      { error: { code: 429, message: 'Please reduce the length of the messages.' } },
      { status: 429, code: null },
    ],
    [
      "vLLM's, which is all the event",
      { object: 'error', message: 'too long', type: 'BadRequestError', param: null, code: 400 },
      { callerMessage: 'too long', status: 400, type: 'BadRequestError' },
    ],
    [
      "Google's, with a status word",
      { error: { code: 404, message: 'No.', status: 'NOT_FOUND' } },
      { status: 404, code: null },
    ],
    [
      "OpenAI's for a quota that is spent, without a status",
      {
        error: { message: 'You exceeded your current quota.', type: 'insufficient_quota', code: 'insufficient_quota' },
      },
      { status: 429, type: 'insufficient_quota', code: 'insufficient_quota' },
    ],
    [
      "OpenAI's for a bad key, without a status",
      { error: { message: 'Incorrect API key.', type: 'invalid_request_error', code: 'invalid_api_key' } },
      { status: 401, code: 'invalid_api_key' },
    ],
    [
      "DeepSeek's for a model that it has not",
      { error: { message: 'Model Not Exist', type: 'invalid_request_error', code: 'invalid_request_error' } },
      { status: 404, code: 'model_not_found' },
    ],
    [
      "xAI's for content, inside a 200",
      { code: 'permission-denied', error: 'Content violates usage guidelines.' },
      { status: 400, code: 'content_filter' },
    ],
    [
      "Groq's limit, with the time to wait",
      { error: { message: 'Rate limit reached. Please try again in 7.66s.', code: 'rate_limit_exceeded' } },
      { status: 429, retryAfterMs: 7_660 },
    ],
    ['a status', { error: { message: 'a', status: 418 } }, { status: 418 }],
    [
      'codes that are objects',
      { error: { message: 'a', code: { toString: 1 }, type: [{}] } },
      { status: undefined, code: null },
    ],
    ['a code that is no status', { error: { message: 'a', code: 1301 } }, { status: undefined, code: null }],
    ['no message', { error: { type: 'x' } }, { message: 'p reported an error.', callerMessage: undefined, type: 'x' }],
    ['a text in a choice', { choices: [{ error: 'Overloaded.' }] }, { callerMessage: 'Overloaded.' }],
    ['a flag', { error: true }, { message: 'p reported an error.', callerMessage: undefined }],
  ])('reads %s', (_shape, raw, expected) => {
    const error = inBandError(raw, 'p');
    expect(error).toMatchObject({ provider: 'p', kind: 'refused', ...expected });
  });

  it.each<[JsonObject]>([
    [{}],
    [{ error: null }],
    [{ error: undefined, choices: [] }],
    [{ choices: [{ index: 0, error: null }, null, 'x'] }],
    ...['', false, null, {}, [], 0].flatMap((error): [JsonObject][] => [
      [{ error, choices: [{ index: 0 }] }],
      [{ choices: [{ index: 0, error }] }],
    ]),
    [{ choices: 'x', object: 'chat.completion' }],
  ])('finds none in %j', (raw) => {
    expect(inBandError(raw, 'p')).toBeUndefined();
  });
});
