import { EmptyAnswerError, UpstreamError } from '@mana-llm/llm-providers';

/** What an error says of the server that gave it: it answers, it is broken, or nothing either way. */
export type HostVerdict = 'answers' | 'broken' | 'unknown';

/** Our own word while a model is being fetched for a caller: the server is at work. */
const MODEL_LOADING = 'model_loading';

/**
 * Only what a server does wrong speaks against it. A caller's fault shows that it answers; our own limits, and those of a caller
 * who does not wait for long, show nothing.
 */
export function hostVerdict(error: unknown): HostVerdict {
  if (!(error instanceof UpstreamError)) return 'unknown';
  if (error instanceof EmptyAnswerError) return 'answers';
  switch (error.kind) {
    case 'connection_failed':
    case 'stream_broken':
      return 'broken';
    case 'timeout':
      return error.isCallersLimit ? 'unknown' : 'broken';
    case 'bad_response':
    case 'empty_response':
      return 'unknown';
    case 'refused':
      if (error.code === MODEL_LOADING) return 'unknown';
      return error.status === undefined || error.status >= 500 || error.status === 408 ? 'broken' : 'answers';
    default: {
      const unknown: never = error.kind;
      throw new TypeError(`unknown kind of upstream error: ${String(unknown)}`);
    }
  }
}
