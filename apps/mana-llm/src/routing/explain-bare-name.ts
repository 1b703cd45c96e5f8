import { setMaxListeners } from 'node:events';
import { type CallContext, UpstreamError } from '@mana-llm/llm-providers';
import { failureOf } from './attempts/failures.js';
import type { Route } from './candidate.js';
import type { ProviderPool } from './endpoints/provider-pool.js';

/** A caller whose request has failed does not wait longer than this for advice. */
const LIST_TIMEOUT_MS = 2_000;

/** Failures that may come from Ollama being asked for what it does not have: no such model, no Ollama. */
function mayBeMisdirected(error: unknown): error is UpstreamError {
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
  const { message, callerMessage, cause } = error;
  // Where the endpoint has spoken, the caller reads its words, and not ours.
  return callerMessage === undefined
    ? new UpstreamError(`${asSentence(message)} ${hint}`, { ...error, cause })
    : new UpstreamError(message, { ...error, callerMessage: `${asSentence(callerMessage)} ${hint}`, cause });
}
