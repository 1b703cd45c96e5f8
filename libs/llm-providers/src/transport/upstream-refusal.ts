import { UpstreamError } from '../errors/upstream-error.js';
import { type AnswerBody, readBody } from './answer-body.js';
import { inflateBody } from './inflate-body.js';
import { retryAfterMs } from '../errors/retry-after.js';
import type { UpstreamAnswer } from './upstream-exchange.js';

/** What an adapter reads in the body of an error. `status` is set where the body is more exact than the HTTP status. */
export interface ReadError {
  /** Left out: the body says nothing that a caller could read. */
  message?: string | undefined;
  status?: number | undefined;
  type?: string | null;
  code?: string | null;
  param?: string | null;
  /** How long the body asks to wait. A header comes first. */
  retryAfterMs?: number | undefined;
}

const MAX_ERROR_BYTES = 64 * 1024;

/** The body of an answer, inflated where it is compressed. */
export const plainBody = ({ body, headers }: UpstreamAnswer): AnswerBody =>
  inflateBody(body, headers['content-encoding']);

/** The text of an error; empty where it cannot be read. */
async function readErrorText(answer: UpstreamAnswer): Promise<string> {
  try {
    return await readBody(plainBody(answer), MAX_ERROR_BYTES);
  } catch {
    return '';
  }
}

/** The error for an answer whose status is not 2xx, with what its body and its headers say. */
export async function readRefusal(
  answer: UpstreamAnswer,
  { provider, readError }: { provider: string; readError: (status: number, body: string) => ReadError },
): Promise<UpstreamError> {
  const { status, headers } = answer;
  const { message: callerMessage, ...read } = readError(status, await readErrorText(answer));
  const waitMs = retryAfterMs(headers) ?? read.retryAfterMs;
  return UpstreamError.refused({
    ...read,
    provider,
    callerMessage,
    status: read.status ?? status,
    retryAfterMs: waitMs,
  });
}
