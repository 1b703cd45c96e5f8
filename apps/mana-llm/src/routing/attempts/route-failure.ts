import { setMaxListeners } from 'node:events';
import { type CallContext, UpstreamError } from '@mana-llm/llm-providers';
import { ApiError, type ApiErrorOptions } from '@mana-llm/openai-api';
import { CandidateUnavailableError } from '../endpoints/unavailability.js';
import type { Candidate, Route, UnconfiguredCandidate } from '../candidates.js';
import type { ProviderPool } from '../endpoints/provider-pool.js';
import { failureOf, isBeyondModel } from './failures.js';

/** A candidate that could not answer, as callers read of it. */
export interface FailedCandidate {
  candidate: Candidate | UnconfiguredCandidate;
  reason: string;
  /** The provider's own status; null: it gave none, or was not asked. */
  status: number | null;
  /** Spent on it. */
  ms: number;
  error?: unknown;
}

export function failedCandidate(candidate: Candidate, error: unknown, startedAtMs: number): FailedCandidate {
  const status = error instanceof UpstreamError ? (error.status ?? null) : null;
  const ms = Math.round(performance.now() - startedAtMs);
  return { candidate, reason: failureOf(error).reason, status, ms, error };
}

export function unconfiguredFailure(candidate: UnconfiguredCandidate): FailedCandidate {
  return { candidate, reason: 'unconfigured', status: null, ms: 0 };
}

/** When the candidate may be asked again, where that is known. */
export function retryAfterOf({ error }: FailedCandidate): number | undefined {
  return error instanceof UpstreamError || error instanceof CandidateUnavailableError ? error.retryAfterMs : undefined;
}

/** True where the same request will fail there again. */
export function isPermanent({ error }: FailedCandidate): boolean {
  return error === undefined || failureOf(error).isPermanent;
}

function retryAdvice(failures: readonly FailedCandidate[]): Pick<ApiErrorOptions, 'headers' | 'retryAfterMs'> {
  if (failures.every(isPermanent)) return { headers: { 'x-should-retry': 'false' } };
  const waitsMs = failures.map(retryAfterOf).filter((waitMs) => waitMs !== undefined);
  return waitsMs.length === 0 ? {} : { retryAfterMs: Math.min(...waitsMs) };
}

/**
 * What the caller hears when every candidate has failed: the error itself where there was one candidate, or where the request asks
 * all of them for too much; else 503 with each one's reason and the least time after which one of them may be asked again.
 */
export function noCandidateLeft(failures: readonly FailedCandidate[]): unknown {
  const last = failures.findLast(({ error }) => error !== undefined);
  const asked = failures.filter(({ error }) => error !== undefined);
  const isTooMuchForAll = asked.length > 0 && asked.every(({ error }) => isBeyondModel(error));
  if (last !== undefined && (failures.length === 1 || isTooMuchForAll)) return last.error;
  const tried = failures.map(({ candidate, reason }) => `${candidate.name} (${reason})`).join(', ');
  return new ApiError(503, `No candidate could answer: ${tried}.`, {
    type: 'upstream_error',
    code: 'no_candidate_left',
    details: {
      attempts: failures.map(({ candidate, reason, status, ms }) => ({ model: candidate.name, reason, status, ms })),
    },
    ...retryAdvice(failures),
    cause: last?.error,
  });
}

/** A caller whose request has failed does not wait longer than this for advice. */
const LIST_TIMEOUT_MS = 2_000;

/** Failures that may come from Ollama being asked for what it does not have: no such model, no Ollama, not for some time. */
function mayBeMisdirected(error: unknown): error is UpstreamError | CandidateUnavailableError {
  if (error instanceof CandidateUnavailableError) return error.reason === 'breaker_open';
  if (!(error instanceof UpstreamError)) return false;
  const { reason, verdict } = failureOf(error);
  return reason === 'model_not_found' || reason === 'connection_failed' || verdict === 'unreachable';
}

async function hasModel(
  { name: provider, endpoints }: ProviderPool,
  name: string,
  context: CallContext,
): Promise<boolean> {
  const lists = await Promise.allSettled(endpoints.map(({ listing }) => listing.models(context)));
  return lists.some((list) => list.status === 'fulfilled' && list.value.some(({ id }) => id === `${provider}/${name}`));
}

const asSentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

/** The failure of a name without a provider, with the names by which other providers have the model. */
export async function explainBareName(
  error: unknown,
  { name, others }: NonNullable<Route['bareName']>,
  { signal, requestId }: CallContext,
): Promise<unknown> {
  if (!mayBeMisdirected(error)) return error;
  const context = { signal: AbortSignal.any([signal, AbortSignal.timeout(LIST_TIMEOUT_MS)]), requestId };
  // Each endpoint of each provider listens (see `requestRecorder`).
  setMaxListeners(0, context.signal);
  const having = await Promise.all(others.map((pool) => hasModel(pool, name, context)));
  const full = others.filter((_, index) => having[index]).map((pool) => `\`${pool.name}/${name}\``);
  const hint = `A name without \`/\` is Ollama's; write ${full.length > 0 ? full.join(' or ') : `provider/${name} for another provider`}.`;
  if (error instanceof CandidateUnavailableError)
    return new ApiError(error.status, `${error.message} ${hint}`, { ...error, cause: error });
  const { message, callerMessage, cause } = error;
  // Where the endpoint has spoken, the caller reads its words, and not ours.
  return callerMessage === undefined
    ? new UpstreamError(`${asSentence(message)} ${hint}`, { ...error, cause })
    : new UpstreamError(message, { ...error, callerMessage: `${asSentence(callerMessage)} ${hint}`, cause });
}
