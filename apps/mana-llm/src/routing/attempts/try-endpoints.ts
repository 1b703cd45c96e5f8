import { UpstreamError } from '@mana-llm/llm-providers';
import { failureOf } from './failures.js';
import { WaiterMoved } from '../admission/admission-queue.js';
import type { Candidate } from '../candidates.js';
import type { EndpointAttempt, EndpointRequest } from '../endpoints/endpoint-attempt.js';
import type { Endpoint } from '../endpoints/endpoint.js';

const SHORTEST_BACKOFF_MS = 25;
/** The backoff of the first retry is at most this times the shortest. */
const SPREAD = 4;
const LONGEST_BACKOFF_MS = 2000;
const LONGEST_RETRY_AFTER_MS = 5000;
/** So that requests that were refused at the same time are not sent again at the same time. */
const RETRY_AFTER_JITTER = 0.1;

export interface RetryDelayOptions {
  /** There is no other candidate that could answer meanwhile. */
  mayWait: boolean;
  random?: () => number;
}

function backoffMs(retry: number, random: () => number): number {
  const longestMs = Math.min(SHORTEST_BACKOFF_MS * SPREAD * 2 ** (retry - 1), LONGEST_BACKOFF_MS);
  const shortestMs = longestMs / SPREAD;
  return Math.round(shortestMs + random() * (longestMs - shortestMs));
}

function askedDelayMs({ retryAfterMs }: UpstreamError, random: () => number): number | undefined {
  if (retryAfterMs === undefined || retryAfterMs > LONGEST_RETRY_AFTER_MS) return undefined;
  return Math.ceil(retryAfterMs * (1 + random() * RETRY_AFTER_JITTER));
}

/** How long to wait before the same candidate is asked again, `retry` 1 being the first; undefined: it is not worth it. */
export function retryDelayMs(error: unknown, retry: number, options: RetryDelayOptions): number | undefined {
  if (!(error instanceof UpstreamError)) return undefined;
  const { mayWait, random = Math.random } = options;
  const kind = failureOf(error).retry;
  if (kind === 'soon') return backoffMs(retry, random);
  return kind === 'as_asked' && mayWait ? askedDelayMs(error, random) : undefined;
}

/** Resolves after `ms`, or rejects with the reason of the signal where that comes first. */
export function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const end = (): void => {
      signal.removeEventListener('abort', giveUp);
      resolve();
    };
    const timer = setTimeout(end, ms);
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
}

/** The part of a request's time and retries that one candidate may use. */
export interface TryTerms {
  request: EndpointRequest;
  /** How often it may be asked again. */
  retries: number;
  /** Epoch milliseconds after which nothing is sent again. */
  retryUntilMs: number;
  /** No other candidate is left: it is worth waiting for this one. */
  mayWait: boolean;
  onRetry: (error: unknown) => void;
}

export type Send<T> = (attempt: EndpointAttempt) => Promise<T>;

/** Timers may fire so much too early, and a model is parked to the millisecond. */
const TIMER_SLACK_MS = 1;

function canAnotherEndpointHelp(error: unknown): error is Error {
  return failureOf(error).next === 'endpoint';
}

/** Each of the provider's endpoints that may be asked, best first, until one answers. */
async function tryEachEndpoint<T>({ pool }: Candidate, { request }: TryTerms, send: Send<T>): Promise<T> {
  const { model, caller, signal } = request;
  const tried: Endpoint[] = [];
  let failure: Error | undefined;
  for (;;) {
    const endpoint = pool.next(model, caller, tried);
    if (endpoint === undefined) {
      failure ??= pool.unavailability(model, caller);
      // Nothing failed and no endpoint is unavailable: one became available between the two looks.
      if (failure === undefined) continue;
      throw failure;
    }
    tried.push(endpoint);
    let attempt: EndpointAttempt | undefined;
    try {
      attempt = await endpoint.enter(request);
      return await send(attempt);
    } catch (error) {
      if (error instanceof WaiterMoved) {
        tried.pop();
        continue;
      }
      attempt?.failed(error);
      if (signal.aborted || !canAnotherEndpointHelp(error)) throw error;
      // The answer of an endpoint says more than that another one is full.
      if (attempt !== undefined || failure === undefined) failure = error;
    }
  }
}

/** A failure may open the breaker: then nothing can be sent after the delay. */
function isHeldBack({ pool }: Candidate, { model, caller }: EndpointRequest, delayMs: number): boolean {
  return (pool.unavailability(model, caller)?.retryAfterMs ?? 0) > delayMs;
}

/**
 * Asks a candidate: its endpoints in turn, and where that may help and its budgets allow, once more after a while. Throws what the
 * last try threw, `CandidateUnavailableError` where none of its endpoints may be asked.
 */
export async function tryEndpoints<T>(candidate: Candidate, terms: TryTerms, send: Send<T>): Promise<T> {
  const { retryBudget } = candidate.pool;
  retryBudget.requestSent();
  for (let retry = 1; ; retry += 1) {
    try {
      return await tryEachEndpoint(candidate, terms, send);
    } catch (error) {
      if (terms.request.signal.aborted || retry > terms.retries) throw error;
      const delayMs = retryDelayMs(error, retry, { mayWait: terms.mayWait });
      if (delayMs === undefined || Date.now() + delayMs > terms.retryUntilMs) throw error;
      if (isHeldBack(candidate, terms.request, delayMs) || !retryBudget.takeRetry()) throw error;
      terms.onRetry(error);
      await wait(delayMs + TIMER_SLACK_MS, terms.request.signal);
    }
  }
}
