import { UpstreamError } from '../errors/upstream-error.js';

export interface PromptTooLong {
  error: UpstreamError;
  /** As the server counted it; undefined where it did not say. */
  promptTokens: number | undefined;
  /** What the server had room for; undefined where it did not say. */
  contextTokens: number | undefined;
}

/** The runner's `request (6010 tokens) exceeds the available context size (2048 tokens)`, and what `readOllamaError` adds. */
const COUNTED = [/\((\d+) tokens\).*\((\d+) tokens\)/, /prompt: (\d+) tokens, context: (\d+) tokens/];

/** What the server said of a prompt that does not fit; undefined for every other error. */
export function promptTooLong(error: unknown): PromptTooLong | undefined {
  if (!(error instanceof UpstreamError) || error.code !== 'context_length_exceeded') return undefined;
  const counted = COUNTED.map((form) => form.exec(error.callerMessage ?? '')).find((match) => match !== null);
  const [promptTokens, contextTokens] = (counted ?? []).slice(1).map(Number);
  return { error, promptTokens, contextTokens };
}
