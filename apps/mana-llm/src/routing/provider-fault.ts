import { EmptyAnswerError, UpstreamError } from '@mana-llm/llm-providers';

/**
 * What an error says against its provider: undefined where the request, the caller or a limit was the reason. The text is fit for
 * operators and clients.
 */
export function providerFault(error: unknown): string | undefined {
  if (!(error instanceof UpstreamError) || error instanceof EmptyAnswerError) return undefined;
  const { kind, status } = error;
  if (kind !== 'refused') return error.message;
  return status === undefined || status >= 500 ? error.message : undefined;
}
