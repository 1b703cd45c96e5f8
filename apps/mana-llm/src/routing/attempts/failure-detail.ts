import { UpstreamError } from '@mana-llm/llm-providers';

/**
 * What the log tells an operator beside the reason: the provider's status, or our own words for a connection, a timeout, an answer
 * that cannot be read. A provider's own text is left out: it may quote the prompt.
 */
export function failureDetail(error: unknown): { status?: number; detail?: string } {
  if (!(error instanceof UpstreamError)) return {};
  if (error.kind !== 'refused') return { detail: error.message };
  return error.status === undefined ? {} : { status: error.status };
}
