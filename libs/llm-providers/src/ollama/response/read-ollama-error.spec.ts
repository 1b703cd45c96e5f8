import { UpstreamError } from '../../errors/upstream-error.js';
import { processorMs } from '../../testing/processor-ms.js';
import { clarifyOllamaError, readOllamaError } from './read-ollama-error.js';

const CONTEXT_MESSAGE = 'request (6010 tokens) exceeds the available context size (2048 tokens), try increasing it';
const CONTEXT = {
  code: 400,
  message: CONTEXT_MESSAGE,
  type: 'exceed_context_size_error',
  n_prompt_tokens: 6010,
  n_ctx: 2048,
};

const read = (error: unknown, status = 400) => readOllamaError(status, JSON.stringify({ error }));

describe(readOllamaError.name, () => {
  it.each<[string, unknown]>([
    ['as JSON text inside a text', JSON.stringify({ error: CONTEXT })],
    ['as an object', CONTEXT],
    ['as a plain text', CONTEXT_MESSAGE],
  ])('knows a prompt that does not fit, told %s', (_, error) => {
    expect(read(error, 500)).toEqual({
      message: CONTEXT_MESSAGE,
      status: 400,
      type: 'invalid_request_error',
      code: 'context_length_exceeded',
    });
  });

  it('adds the numbers where the message lacks them', () => {
    const { message } = read({ ...CONTEXT, message: 'the prompt is too long' });
    expect(message).toBe('the prompt is too long (prompt: 6010 tokens, context: 2048 tokens)');
  });

  it.each([
    'the input length exceeds the context length',
    'input length exceeds maximum context length',
    'prompt too long; exceeded max context length by 3962 tokens',
  ])('knows the words "%s"', (message) => {
    expect(read(message)).toMatchObject({ message, code: 'context_length_exceeded' });
  });

  it.each(["model 'gemma3:4b' not found", 'model "gemma3:4b" not found, try pulling it first'])(
    'says how to get a model: %s',
    (message) => {
      const error = read(message, 404);
      expect(error).toMatchObject({ status: 404, code: 'model_not_found', param: 'model' });
      expect(error.message).toContain('`ollama pull gemma3:4b`');
    },
  );

  it.each(['registry.ollama.ai/library/gemma3:270m does not support tools', '"gemma3:270m" does not support thinking'])(
    'knows what a model cannot do: %s',
    (message) => {
      expect(read(message)).toEqual({ message, code: 'capability_missing' });
    },
  );

  it('reads a text of 64 KB at once', () => {
    expect(processorMs(() => read('exceed '.repeat(9_000)))).toBeLessThan(500);
  });

  it('takes a full queue for a limit', () => {
    const message = 'server busy, please try again. maximum pending requests exceeded';
    expect(read(message, 503)).toEqual({ message, status: 429 });
  });

  it('knows a refusal that is about the server itself, by its words', () => {
    expect(read('Rate limit exceeded', 400)).toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
    expect(read({ message: 'no', code: 'insufficient_quota' }, 403)).toMatchObject({ status: 429 });
  });

  it('keeps the type and code that it is told', () => {
    expect(read({ message: 'no', type: 'api_error', code: 'odd' })).toEqual({
      message: 'no',
      type: 'api_error',
      code: 'odd',
    });
  });

  it.each(['<html>10.0.0.7 bad gateway</html>', '404 page not found', '', '{}', '{"error":""}', 'null'])(
    'says nothing for the body %j',
    (body) => {
      expect(readOllamaError(502, body)).toEqual({});
    },
  );
});

describe(clarifyOllamaError.name, () => {
  const refused = (
    callerMessage: string,
    fields: { status?: number; type?: string; code?: string; retryAfterMs?: number } = {},
  ): UpstreamError => UpstreamError.refused({ provider: 'ollama', callerMessage, ...fields });

  it.each<[UpstreamError, object]>([
    [refused(CONTEXT_MESSAGE), { status: 400, code: 'context_length_exceeded' }],
    [
      refused('too much', { type: 'exceed_context_size_error', status: 500 }),
      { status: 400, code: 'context_length_exceeded' },
    ],
    [refused("model 'x' not found"), { status: 404, code: 'model_not_found', param: 'model' }],
    [
      refused('boom', { status: 500, type: 'api_error', code: 'odd' }),
      { callerMessage: 'boom', status: 500, type: 'api_error', code: 'odd' },
    ],
    [refused('slow down', { status: 429, retryAfterMs: 5 }), { status: 429, retryAfterMs: 5 }],
    [refused('boom'), { callerMessage: 'boom', status: undefined, code: null }],
    [refused(''), { callerMessage: '', status: undefined }],
  ])('gives %s its status and code', (error, expected) => {
    expect(clarifyOllamaError(error)).toMatchObject({ provider: 'ollama', kind: 'refused', ...expected });
  });

  it.each([[new UpstreamError('silent', { provider: 'ollama', kind: 'timeout' })], [new Error('left')], ['a reason']])(
    'leaves %s alone',
    (error) => {
      expect(clarifyOllamaError(error)).toBe(error);
    },
  );
});
