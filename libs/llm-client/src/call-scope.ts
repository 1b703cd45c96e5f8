import type { LlmCallOptions } from './call-options.js';
import { LlmAbortError, LlmError, LlmTimeoutError, type LlmTimeoutKind, LlmUnavailableError } from './errors.js';

/** How much later than the gateway the client ends a call: the gateway's own error, which says more, comes first. */
const GRACE_MS = 250;
/** What a timer holds at most; a longer one would end at once. */
const MAX_TIMER_MS = 2_147_483_647;

/** An error and what it names as its causes. Node tries each address of a host, and has an AggregateError of the failures. */
function causesOf(error: unknown): unknown[] {
  if (typeof error !== 'object' || error === null) return [];
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  const tried: unknown[] = Array.isArray(errors) ? errors : [];
  return [error, ...tried, ...causesOf(cause)];
}

const codesOf = (error: unknown): unknown[] =>
  causesOf(error).map((cause) => (cause as { code?: unknown } | null)?.code);

/** Nobody listens at the address, so nothing was sent. `ConnectionRefused` is Bun's word. */
export function isConnectionRefused(error: unknown): boolean {
  return codesOf(error).some((code) => code === 'ECONNREFUSED' || code === 'ConnectionRefused');
}

/** Node's `fetch` has limits of its own, 300 s each: to the head of an answer, and between two pieces of its body. */
const FETCH_TIMEOUTS = new Map<unknown, LlmTimeoutKind>([
  ['UND_ERR_HEADERS_TIMEOUT', 'first_token'],
  ['UND_ERR_BODY_TIMEOUT', 'idle'],
]);

function fromFetch(error: unknown): LlmError {
  const code = codesOf(error).find((value) => typeof value === 'string');
  const which = FETCH_TIMEOUTS.get(code);
  if (which !== undefined) {
    const message = 'The gateway was silent for longer than fetch waits. Stream what takes long.';
    return new LlmTimeoutError(message, { code: `${which}_timeout`, which, cause: error });
  }
  const detail = typeof code === 'string' ? ` (${code})` : '';
  return new LlmUnavailableError(`The gateway could not be reached${detail}.`, {
    code: 'connection_failed',
    cause: error,
  });
}

/** The life of one call: its deadline, its caller's signal, and what a failure inside it means. */
export class CallScope {
  private readonly controller = new AbortController();
  private readonly deadlineMs: number;
  private timer: ReturnType<typeof setTimeout>;
  private readonly stop: () => void;

  constructor(readonly options: LlmCallOptions & { timeoutMs: number }) {
    const { signal, timeoutMs } = options;
    this.deadlineMs = performance.now() + timeoutMs;
    this.stop = () => this.abort(signal?.reason);
    this.timer = setTimeout(() => this.passDeadline(), Math.min(timeoutMs + GRACE_MS, MAX_TIMER_MS));
    if (signal?.aborted) this.stop();
    else signal?.addEventListener('abort', this.stop, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** How much of the deadline is left, at least 1: what goes out as `x-request-timeout-ms`. */
  remainingMs(): number {
    return Math.max(1, Math.round(this.deadlineMs - performance.now()));
  }

  abort(reason?: unknown): void {
    this.controller.abort(new LlmAbortError('The call was stopped by its caller.', { cause: reason }));
  }

  /** Ends the call after this time. */
  abortAfter(delayMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.abort(), delayMs);
  }

  /** The call is over: no timer and no listener stays. Stops what is still under way. */
  end(): void {
    clearTimeout(this.timer);
    this.options.signal?.removeEventListener('abort', this.stop);
    this.abort();
  }

  /** Runtimes differ in what an aborted `fetch` throws, so the reason is taken from the signal. */
  toError(error: unknown): LlmError {
    if (LlmError.isInstance(error)) return error;
    return this.signal.aborted ? (this.signal.reason as LlmError) : fromFetch(error);
  }

  /** Waits, and no longer than the call lives. */
  async pause(delayMs: number): Promise<void> {
    const { signal } = this;
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
    });
  }

  private passDeadline(): void {
    const message = `The call took longer than its ${this.options.timeoutMs} ms.`;
    this.controller.abort(new LlmTimeoutError(message, { code: 'total_timeout', which: 'total' }));
  }
}
