import { UpstreamError } from './upstream-error.js';

/**
 * A whole answer without text, reasoning or tool call. Another candidate may do better; where there is none,
 * `answer` is what the caller gets, as it came.
 */
export class EmptyAnswerError<T> extends UpstreamError {
  override readonly name = 'EmptyAnswerError';

  constructor(
    provider: string,
    readonly answer: T,
  ) {
    super(`${provider} answered with nothing.`, { provider, kind: 'empty_response' });
  }
}
