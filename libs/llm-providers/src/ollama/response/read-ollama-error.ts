import { isJsonObject, type JsonObject, parseJson } from '@mana-llm/openai-api';
import { inBandError, refusalMeaning } from '../../errors/refusal-meaning.js';
import { CAPABILITY_MISSING } from '../../errors/capability-error.js';
import { unwrapErrorText } from '../../errors/error-text.js';
import { UpstreamError } from '../../errors/upstream-error.js';
import type { ReadError } from '../../transport/upstream-refusal.js';

/** The prompt does not fit, in the words of the runner, of chats and of embeddings. Without the bound, 64 KB of text take seconds. */
const CONTEXT_EXCEEDED = /exceeds?\b.{0,200}\bcontext\b|prompt (?:is )?too long/i;
const MODEL_NOT_FOUND = /model ['"]([^'"]+)['"] not found/i;
const SERVER_BUSY = /server busy/i;
/** `registry.ollama.ai/library/x does not support tools`, `"x" does not support thinking`. */
const CANNOT = /does not support (?:tools|thinking|vision|images?|embeddings?|generate|chat|insert)\b/i;

function contextExceeded(message: string, fields: JsonObject): ReadError {
  const numbers = [fields['n_prompt_tokens'], fields['n_ctx']].filter((number) => typeof number === 'number');
  const [promptTokens, contextTokens] = numbers;
  const hasNumbers = contextTokens === undefined || numbers.every((number) => message.includes(String(number)));
  const text = hasNumbers ? message : `${message} (prompt: ${promptTokens} tokens, context: ${contextTokens} tokens)`;
  return { message: text, status: 400, type: 'invalid_request_error', code: 'context_length_exceeded' };
}

function modelNotFound(model: string): ReadError {
  const message = `model '${model}' not found on this Ollama server: get it with \`ollama pull ${model}\`, or choose one of GET /v1/models`;
  return { message, status: 404, type: 'invalid_request_error', code: 'model_not_found', param: 'model' };
}

/** Reads an error of Ollama: a text, JSON text (the runner's own error body), or an object. */
function describe(status: number | undefined, error: unknown): ReadError | undefined {
  const unwrapped = unwrapErrorText(error);
  const { message, fields } = unwrapped;
  if (message === undefined) return undefined;
  if (fields['type'] === 'exceed_context_size_error' || CONTEXT_EXCEEDED.test(message))
    return contextExceeded(message, fields);
  const missing = MODEL_NOT_FOUND.exec(message)?.[1];
  if (missing !== undefined) return modelNotFound(missing);
  // The server's queue is full (OLLAMA_MAX_QUEUE): a limit, not a failure.
  if (SERVER_BUSY.test(message)) return { message, status: 429 };
  if (CANNOT.test(message)) return { message, code: CAPABILITY_MISSING };
  return {
    message,
    type: typeof fields['type'] === 'string' ? fields['type'] : null,
    code: typeof fields['code'] === 'string' ? fields['code'] : null,
    ...refusalMeaning(status, unwrapped),
  };
}

/** Gives an error inside an answer of status 200 the status and code that Ollama's words stand for. */
export function clarifyOllamaError(error: unknown): unknown {
  if (!(error instanceof UpstreamError) || error.kind !== 'refused') return error;
  const { provider, callerMessage, status, type, code, param, retryAfterMs } = error;
  const clear = describe(status, { message: callerMessage, type });
  if (clear === undefined) return error;
  return UpstreamError.refused({
    provider,
    callerMessage: clear.message,
    status: clear.status ?? status,
    type: clear.type ?? type,
    code: clear.code ?? code,
    param: clear.param ?? param,
    retryAfterMs,
    cause: error.cause,
  });
}

function parse(body: string): unknown {
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
}

/** Reads the body of an answer with an error status. Text that is not JSON comes from a proxy and tells a client nothing. */
export function readOllamaError(status: number, body: string): ReadError {
  return describe(status, parse(body)) ?? {};
}

/** Throws the error inside an answer of status 200, if there is one. */
export function throwErrorInside(raw: unknown, provider: string): void {
  const error = isJsonObject(raw) ? inBandError(raw, provider) : undefined;
  if (error !== undefined) throw clarifyOllamaError(error);
}
