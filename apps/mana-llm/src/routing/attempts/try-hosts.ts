import { EmptyAnswerError } from '@mana-llm/llm-providers';
import { CalledAway } from '../admission/called-away.js';
import { canAnotherHelp, isBeyondModel } from './can-another-help.js';
import type { Candidate } from '../candidate.js';
import type { HostRequest, Host } from '../endpoints/host.js';
import type { HostVisit } from '../endpoints/host-visit.js';
import { retryDelayMs } from './retry-delay.js';
import { wait } from './wait.js';

/** What one candidate is given of a request's time and patience. */
export interface TryTerms {
  request: HostRequest;
  /** How often it may be asked again. */
  retries: number;
  /** Epoch milliseconds after which nothing is sent again. */
  retryUntilMs: number;
  /** No other candidate is left: waiting for this one is worth while. */
  mayWait: boolean;
  onRetry: (error: unknown) => void;
}

export type Send<T> = (visit: HostVisit) => Promise<T>;

/** Timers may be early by so much, and a model is parked to the millisecond. */
const TIMER_SLACK_MS = 1;

/** A model that answers with nothing, or cannot do what is asked, does so everywhere. */
function canAnotherHostHelp(error: unknown): error is Error {
  return canAnotherHelp(error) && !isBeyondModel(error) && !(error instanceof EmptyAnswerError);
}

/** Each of the provider's servers that may be asked, best first, until one answers. */
async function tryEachHost<T>({ pool }: Candidate, { request }: TryTerms, send: Send<T>): Promise<T> {
  const { model, caller, signal } = request;
  const tried: Host[] = [];
  let failure: Error | undefined;
  for (;;) {
    const host = pool.next(model, caller, tried);
    if (host === undefined) {
      failure ??= pool.unavailability(model, caller);
      // Nothing failed and nobody is unavailable: a server's rest has ended between the two looks.
      if (failure === undefined) continue;
      throw failure;
    }
    tried.push(host);
    let visit: HostVisit | undefined;
    try {
      visit = await host.enter(request);
      return await send(visit);
    } catch (error) {
      if (error instanceof CalledAway) {
        tried.pop();
        continue;
      }
      visit?.failed(error);
      if (signal.aborted || !canAnotherHostHelp(error)) throw error;
      // What a server said tells more than that another one is full.
      if (visit !== undefined || failure === undefined) failure = error;
    }
  }
}

/** A failure may open the breaker: then nothing can be sent after the delay. */
function isHeldBack({ pool }: Candidate, { model, caller }: HostRequest, delayMs: number): boolean {
  return (pool.unavailability(model, caller)?.retryAfterMs ?? 0) > delayMs;
}

/**
 * Asks a candidate: its servers in turn, and where that may help and its budgets allow, once more after a while. Throws what the
 * last try threw, `CandidateUnavailableError` where none of its servers may be asked.
 */
export async function tryHosts<T>(candidate: Candidate, terms: TryTerms, send: Send<T>): Promise<T> {
  const { retryBudget } = candidate.pool;
  retryBudget.requestSent();
  for (let retry = 1; ; retry += 1) {
    try {
      return await tryEachHost(candidate, terms, send);
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
