import type { ErrorBody } from '@mana-llm/openai-api';
import {
  type LlmAttempt,
  LlmAuthenticationError,
  LlmContextLengthError,
  type LlmError,
  type LlmErrorDetails,
  LlmRateLimitError,
  LlmRequestError,
  LlmStreamBrokenError,
  LlmTimeoutError,
  type LlmTimeoutKind,
  LlmUnavailableError,
} from './errors.js';

type ErrorFields = Partial<ErrorBody['error']>;

const TIMEOUT_CODES = new Map<unknown, LlmTimeoutKind>([
  ['connect_timeout', 'connect'],
  ['first_token_timeout', 'first_token'],
  ['idle_timeout', 'idle'],
  ['total_timeout', 'total'],
  ['upstream_timeout', 'upstream'],
]);

/** The number behind these words is the size of the context. */
const LIMIT = /\b(?:context|maximum|limit)\b\D{0,60}?(\d{2,})/i;
const PROMPT = /(\d+) (?:tokens )?in the (?:messages|prompt)/i;

/** Servers say both numbers in the text alone: "request (6010 tokens) exceeds the available context size (2048 tokens)". */
function contextNumbers(message: string): { promptTokens?: number; limit?: number } {
  const text = message.slice(0, 2_000).replace(/(\d),(?=\d{3})/g, '$1');
  const limit = Number(LIMIT.exec(text)?.[1]) || undefined;
  if (limit === undefined) return {};
  const others = (text.match(/\d{2,}/g) ?? []).map(Number).filter((number) => number !== limit);
  const promptTokens = Number(PROMPT.exec(text)?.[1]) || others.find((number) => number > limit);
  return { limit, ...(promptTokens !== undefined && { promptTokens }) };
}

function retryAfterMsOf(headers: Headers | undefined): number | undefined {
  const inMs = Number(headers?.get('retry-after-ms') || Number.NaN);
  const inSeconds = Number(headers?.get('retry-after') || Number.NaN) * 1_000;
  return [inMs, inSeconds].find((value) => Number.isFinite(value) && value >= 0);
}

function textOr<T>(value: unknown, other: T): string | T {
  return typeof value === 'string' ? value : other;
}

/** An error body of the gateway, or undefined for anything else. */
export function readErrorFields(body: unknown): ErrorFields | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { error } = body as { error?: unknown };
  return typeof error === 'object' && error !== null ? error : undefined;
}

function attemptsOf(fields: ErrorFields): LlmAttempt[] {
  const { attempts } = fields;
  return Array.isArray(attempts) ? (attempts as LlmAttempt[]) : [];
}

/** The class that fits a status and a code (the gateway's docs/errors.md). */
function toError(status: number, fields: ErrorFields, headers: Headers): LlmError {
  const message = textOr(fields.message, `The gateway answered ${status} without an error that can be read.`);
  const code = textOr(fields.code, null);
  const details: LlmErrorDetails = { status, code, requestId: headers.get('x-request-id') ?? undefined };
  const retryAfterMs = retryAfterMsOf(headers);
  if (status === 504 || status === 408) {
    return new LlmTimeoutError(message, { ...details, which: TIMEOUT_CODES.get(code) });
  }
  if (status === 429) return new LlmRateLimitError(message, { ...details, retryAfterMs });
  if (status === 401 || status === 403) return new LlmAuthenticationError(message, details);
  if (code === 'context_length_exceeded') {
    return new LlmContextLengthError(message, { ...details, ...contextNumbers(message) });
  }
  if (status >= 500)
    return new LlmUnavailableError(message, { ...details, attempts: attemptsOf(fields), retryAfterMs });
  return new LlmRequestError(message, { ...details, param: textOr(fields.param, null) });
}

/** Reads an answer with an error status, whoever on the way it came from. */
export async function errorFromResponse(response: Response): Promise<LlmError> {
  let body: unknown;
  try {
    body = JSON.parse(await response.text());
  } catch {
    body = undefined;
  }
  return toError(response.status, readErrorFields(body) ?? {}, response.headers);
}

/** An error inside a stream whose status was 200. */
export function errorFromFrame(fields: ErrorFields, details: LlmErrorDetails): LlmError {
  const message = textOr(fields.message, 'The gateway ended the stream with an error.');
  const known = { ...details, code: textOr(fields.code, null) };
  const which = TIMEOUT_CODES.get(fields.code);
  return which === undefined
    ? new LlmStreamBrokenError(message, known)
    : new LlmTimeoutError(message, { ...known, which });
}
