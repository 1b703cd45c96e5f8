import { type CompletionUsage, isJsonObject, isNothing, type JsonObject, stringifyJson } from '@mana-llm/openai-api';
import { isTokenCount } from '../../stream/answer-fields.js';
import { type OllamaChatResponse, rfc3339ToUnixSeconds } from '../ollama-api.js';
import { readContent } from '../../stream/read-content.js';

const NS_PER_MS = 1_000_000;
const NS_PER_S = 1_000_000_000;

const isDuration = (value: unknown): value is number => Number.isFinite(value);

/**
 * `prompt_eval_count` is missing when the whole prompt was in the cache. Without `eval_count` the answer's length is
 * unknown, and no number is better than a wrong one.
 */
function fromOllamaUsage(response: OllamaChatResponse): CompletionUsage | undefined {
  const { prompt_eval_count: promptTokens = 0, eval_count: completionTokens } = response;
  if (!isTokenCount(promptTokens) || !isTokenCount(completionTokens)) return undefined;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}

/** What Ollama measured: how long the model took to load, to read and to write. Undefined where the server sends no times. */
function fromOllamaTimings(response: OllamaChatResponse): JsonObject | undefined {
  const durations = {
    total_ms: response.total_duration,
    load_ms: response.load_duration,
    prompt_ms: response.prompt_eval_duration,
    eval_ms: response.eval_duration,
  };
  const timings: JsonObject = {};
  for (const [name, ns] of Object.entries(durations)) if (isDuration(ns)) timings[name] = ns / NS_PER_MS;
  const { eval_count: tokens, eval_duration: evalNs } = response;
  if (isTokenCount(tokens) && isDuration(evalNs) && evalNs > 0)
    timings.tokens_per_second = Math.round((tokens / evalNs) * NS_PER_S * 100) / 100;
  return Object.keys(timings).length > 0 ? timings : undefined;
}

/** What Ollama's own OpenAI-compatible route sends. It never changes. */
const SYSTEM_FINGERPRINT = 'fp_ollama';

/** The fields around the choices of an answer, or of one line of a stream. */
export function fromOllamaEnvelope(response: OllamaChatResponse): JsonObject {
  const created = rfc3339ToUnixSeconds(response.created_at);
  const usage = fromOllamaUsage(response);
  const timings = fromOllamaTimings(response);
  return {
    system_fingerprint: SYSTEM_FINGERPRINT,
    ...(created === undefined ? {} : { created }),
    ...(usage === undefined ? {} : { usage }),
    ...(timings === undefined ? {} : { x_ollama: timings }),
  };
}

/** Older servers send no reason: then it is `stop`. The normaliser maps reasons and accounts for calls. */
export function fromOllamaDoneReason(reason: unknown): string {
  return typeof reason === 'string' && reason !== '' ? reason : 'stop';
}

export interface OllamaSaid {
  text: string;
  thinking: string;
  /** A list of calls, if the server kept to its format. */
  calls: unknown;
}

/** Reads the message of an answer, or of one line of a stream. A value that is no text counts as empty. */
export function fromOllamaMessage(message: unknown): OllamaSaid {
  const { content, thinking, tool_calls: calls } = isJsonObject(message) ? message : {};
  return { text: readContent(content).text, thinking: typeof thinking === 'string' ? thinking : '', calls };
}

function argumentsText(value: unknown): string {
  if (typeof value === 'string') return value === '' ? '{}' : value;
  return stringifyJson(typeof value === 'object' && value !== null ? value : {});
}

/**
 * Ollama's calls -> OpenAI's. Each of Ollama's calls is complete, so each gets the next index: on older servers its own `index`
 * is missing, or 0 for every call. `firstIndex` goes on from the earlier lines of a stream.
 */
export function fromOllamaToolCalls(calls: unknown, firstIndex = 0): JsonObject[] {
  const list: unknown[] = Array.isArray(calls) ? calls : [];
  return list.filter(isJsonObject).map(({ id, function: called }, position) => {
    const { name, arguments: args } = isJsonObject(called) ? called : {};
    return {
      index: firstIndex + position,
      ...(typeof id === 'string' && id !== '' ? { id } : {}),
      type: 'function',
      function: { name, arguments: argumentsText(args) },
    };
  });
}

/** OpenAI always has `bytes`: null where the token's bytes are unknown. */
function fromToken({ token, logprob, bytes }: JsonObject): JsonObject {
  return { token, logprob, bytes: bytes ?? null };
}

/** A value that is no token stays as it is: the normaliser refuses it. */
const fromTokens = (tokens: unknown, from: (token: JsonObject) => JsonObject): unknown =>
  Array.isArray(tokens) ? tokens.map((token: unknown) => (isJsonObject(token) ? from(token) : token)) : tokens;

/** Ollama's list -> the `logprobs` of a choice. */
export function fromOllamaLogprobs(logprobs: unknown): JsonObject | undefined {
  if (logprobs === undefined || isNothing(logprobs)) return undefined;
  const content = fromTokens(logprobs, (token) => ({
    ...fromToken(token),
    top_logprobs: fromTokens(token['top_logprobs'] ?? [], fromToken),
  }));
  return { content, refusal: null };
}
