import { isJsonObject } from '@mana-llm/openai-api';
import type { UnwrappedError } from './error-text.js';

type Headers = Readonly<Record<string, unknown>>;

/** The longest wait that is passed on: https://github.com/ArjanCodes/moneysnake/issues/24 was told to wait for 57 years. */
const LONGEST_WAIT_MS = 24 * 60 * 60 * 1000;
/** Numbers as large as these are no time to wait but a date (September 2001), in seconds and in milliseconds. */
const FIRST_EPOCH_SECONDS = 1e9;
const FIRST_EPOCH_MS = 1e12;

const bounded = (waitMs: number): number => Math.min(Math.max(0, waitMs), LONGEST_WAIT_MS);

/** The wait in a number of seconds or milliseconds, or in a date that was sent as such a number. */
function numberToWaitMs(value: number, unitMs: number, nowMs: number): number | undefined {
  if (!Number.isFinite(value) || value < 0) return undefined;
  if (value >= FIRST_EPOCH_MS) return bounded(value - nowMs);
  if (value >= FIRST_EPOCH_SECONDS) return bounded(value * 1000 - nowMs);
  return bounded(value * unitMs);
}

/** Milliseconds that `retry-after-ms` or `retry-after` (seconds or an HTTP date) ask to wait; undefined without either. */
export function retryAfterMs(headers: Headers, nowMs = Date.now()): number | undefined {
  const waitMs = numberToWaitMs(Number(headers['retry-after-ms'] || NaN), 1, nowMs);
  if (waitMs !== undefined) return waitMs;
  const value = headers['retry-after'];
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return numberToWaitMs(seconds, 1000, nowMs);
  const dateMs = Date.parse(value);
  return Number.isNaN(dateMs) ? undefined : bounded(dateMs - nowMs);
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** One piece of `26.66s`, `9m38.016s`, `820ms`, `45 seconds`. */
const DURATION_PIECE = /(\d+(?:\.\d+)?)\s?(ms|s|seconds?|m|minutes?|h|hours?|d|days?)(?![a-z])\s?/giy;
/**
 * OpenAI: `Please try again in 20s` (https://cookbook.openai.com/examples/how_to_handle_rate_limits); Groq: `in 9m38.016s`
 * (https://github.com/continuedev/continue/issues/10920); Azure: `Please retry after 45 seconds`
 * (https://github.com/icereed/paperless-gpt/issues/814); Google: `Please retry in 26.66s`; GitHub Models: `Please wait 12 seconds`.
 */
const WAIT_IN_WORDS = /\b(?:(?:try again|retry) (?:in|after)|please wait) (?=\d)/i;

function durationMs(text: string): number | undefined {
  const pieces = [...text.matchAll(DURATION_PIECE)];
  if (pieces.length === 0) return undefined;
  const unitMs = (unit = ''): number => UNITS_MS[unit.toLowerCase()] ?? UNITS_MS[unit.charAt(0).toLowerCase()] ?? 0;
  return bounded(pieces.reduce((sumMs, [, count, unit]) => sumMs + Number(count) * unitMs(unit), 0));
}

/** Google: `{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "26.660853464s"}`. */
function retryDelayMs(details: unknown): number | undefined {
  const retryInfo: unknown = Array.isArray(details)
    ? details.find((detail) => isJsonObject(detail) && typeof detail['retryDelay'] === 'string')
    : undefined;
  return isJsonObject(retryInfo) ? durationMs(String(retryInfo['retryDelay'])) : undefined;
}

/** OpenRouter, of its free models: https://github.com/Gitlawb/openclaude/issues/936. */
function resetHeaderMs(metadata: unknown, nowMs: number): number | undefined {
  const headers = isJsonObject(metadata) ? metadata['headers'] : undefined;
  const reset = isJsonObject(headers) ? headers['X-RateLimit-Reset'] : undefined;
  const isSent = typeof reset === 'string' || typeof reset === 'number';
  return isSent ? numberToWaitMs(Number(reset), 1000, nowMs) : undefined;
}

/** Milliseconds that the body of an error asks to wait, in a field or in words; undefined where it does not say. */
export function retryAfterInBodyMs({ message = '', fields }: UnwrappedError, nowMs = Date.now()): number | undefined {
  const fieldMs = retryDelayMs(fields['details']) ?? resetHeaderMs(fields['metadata'], nowMs);
  if (fieldMs !== undefined) return fieldMs;
  const words = WAIT_IN_WORDS.exec(message);
  return words === null ? undefined : durationMs(message.slice(words.index + words[0].length));
}
