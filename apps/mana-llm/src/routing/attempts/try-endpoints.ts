import { WaiterMoved } from '../admission/admission-queue.js';
import { failureOf } from './failures.js';
import type { Candidate } from '../candidate.js';
import type { EndpointAttempt, EndpointRequest } from '../endpoints/endpoint-attempt.js';
import type { Endpoint } from '../endpoints/endpoint.js';
import { retryDelayMs, wait } from './retries.js';

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
