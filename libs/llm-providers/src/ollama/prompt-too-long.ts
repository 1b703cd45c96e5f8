import { UpstreamError } from '../errors/upstream-error.js';

export interface PromptTooLong {
  /** As the server counted it; undefined where it did not say. */
  promptTokens: number | undefined;
}

/** What the server said of a prompt that does not fit; undefined for every other error. */
export function promptTooLong(error: unknown): PromptTooLong | undefined {
  if (!(error instanceof UpstreamError) || error.code !== 'context_length_exceeded') return undefined;
  const counted = /\((\d+) tokens\)|prompt: (\d+) tokens/.exec(error.message);
  const tokens = Number(counted?.[1] ?? counted?.[2] ?? NaN);
  return { promptTokens: Number.isNaN(tokens) ? undefined : tokens };
}
