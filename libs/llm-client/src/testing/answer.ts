import type { ErrorBody } from '@mana-llm/openai-api';
import type { RecordedRequest } from './recorded-request.js';

/** An answer before it is sent. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  /** The body. The head goes out with the first piece, as the gateway does it. */
  pieces: string[];
  /** Before each piece. */
  delayMs?: number | undefined;
  /** What comes after the last piece: the end, a broken connection, or nothing until the client leaves. */
  ending: 'end' | 'cut' | 'stall';
}

/** An answer in one piece. */
export function jsonAnswer(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  const text = JSON.stringify(body);
  return { status, headers: { 'content-type': 'application/json', ...headers }, pieces: [text], ending: 'end' };
}

/** How an error is told, in a body and in a frame (the gateway's docs/errors.md). */
export interface FakeError {
  message: string;
  type: string;
  code: string | null;
  param?: string | null | undefined;
}

export function errorBody({ message, type, code, param = null }: FakeError): ErrorBody {
  return { error: { message, type, param, code } };
}

/** Waits; rejects with the signal's reason when the client leaves meanwhile. */
function pause(delayMs: number | undefined, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = delayMs === undefined ? undefined : setTimeout(() => end(resolve), delayMs);
    const leave = (): void => end(() => reject(signal.reason as Error));
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', leave);
      settle();
    };
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave);
  });
}

/** The pieces of an answer at their times. Throws where the connection is to break, and the reason of a client that left. */
export async function* play(
  { pieces, delayMs = 0, ending }: Answer,
  request: RecordedRequest,
): AsyncGenerator<string, void, undefined> {
  const { signal } = request;
  for (const [at, piece] of pieces.entries()) {
    if (delayMs > 0) await pause(delayMs, signal);
    signal.throwIfAborted();
    if (ending === 'end' && at === pieces.length - 1) request.markAnswered();
    yield piece;
  }
  if (ending === 'stall') await pause(undefined, signal);
  if (ending !== 'cut') return;
  // Nobody left: the connection breaks here.
  request.markAnswered();
  throw new TypeError('terminated');
}
