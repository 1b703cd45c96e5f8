import type { StreamEnd } from '../metrics/stream-end.js';

/**
 * What is known about a request that is being answered; it grows on the way and becomes one log line at the end.
 * There is no place in it for prompts, answers, keys or upstream addresses.
 */
export interface RequestRecord {
  readonly requestId: string;
  readonly method: string;
  /** The route pattern, `/v1/models/{id}`, once it is known. */
  route: string;
  /** By the monotonic clock, `performance.now()`. */
  readonly startedAtMs: number;
  status?: number;
  provider?: string;
  model?: string;
  promptTokens?: number;
  completionTokens?: number;
  attempts?: number;
  /** The attempts that failed, and why: no provider's own words, which may quote a prompt. */
  failed?: { model: string; reason: string; status?: number; detail?: string }[];
  /** Spent waiting for providers, failed attempts included; of a stream, up to its first content. */
  upstreamMs?: number;
  /** When a stream's first content had come, by the same clock as `startedAtMs`. */
  openedAtMs?: number;
  errorCode?: string;
  /** `client_closed` for a buffered answer too, when nobody waited for it. */
  end?: StreamEnd;
}
