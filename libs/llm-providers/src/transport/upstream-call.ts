import type { CallContext, ReaderState } from '../call-context.js';
import { type TimeoutPhase, UpstreamError, type UpstreamErrorOptions } from '../errors/upstream-error.js';
import type { ProviderTimeouts } from '../provider-settings.js';
import { Deadline } from '../sharing/deadline.js';
import { type AnswerForm, callLimits, type CallLimits } from './call-limits.js';

const PHASE_WORDS: Readonly<Record<TimeoutPhase, string>> = {
  connect: 'did not accept the connection',
  first_token: 'did not begin its answer',
  idle: 'fell silent in its answer',
  total: 'did not finish its answer',
};

/** The error for a timeout that ran out after `limitMs`. */
export function timeoutError(
  provider: string,
  phase: TimeoutPhase,
  limitMs: number,
  options: Pick<UpstreamErrorOptions, 'isCallersLimit' | 'cause'> = {},
): UpstreamError {
  const message = `${provider} ${PHASE_WORDS[phase]} within ${limitMs} ms (${phase} timeout).`;
  return new UpstreamError(message, { provider, kind: 'timeout', phase, ...options });
}

/** The phases that a call has a clock for, each with its limit. */
const LIMITS = { first_token: 'firstTokenMs', idle: 'idleMs', total: 'totalMs' } as const;
type ClockPhase = keyof typeof LIMITS;

export interface UpstreamCallOptions {
  provider: string;
  timeouts: ProviderTimeouts;
  context: CallContext;
  form: AnswerForm;
}

/**
 * The clocks of one request to a provider, and what stops it. The reason is what went wrong: the timeout that ran out, or the
 * caller's own reason.
 */
export class UpstreamCall {
  readonly reader: ReaderState | undefined;
  private controller: AbortController | undefined;
  private stopped: { reason: unknown } | undefined;
  private onStopped: (reason: unknown) => void = () => undefined;
  private readonly limits: CallLimits;
  private readonly deadline = new Deadline(() => this.look());
  private readonly startedAtMs = performance.now();
  private isOpening: boolean;
  private lastByteAtMs = 0;
  private isHeld = false;
  private hasEnded = false;
  private isWhole = false;

  constructor(private readonly options: UpstreamCallOptions) {
    const { context, timeouts, form } = options;
    this.limits = callLimits(timeouts, context.limits ?? {}, form);
    this.reader = context.reader;
    this.isOpening = form === 'stream';
    const { totalMs, firstTokenMs, idleMs } = this.limits;
    // It looks as early as any limit could pass: then the first content needs no other timer.
    this.deadline.set(this.startedAtMs + (this.isOpening ? Math.min(totalMs, firstTokenMs, idleMs) : totalMs));
    if (context.signal.aborted) this.follow();
    else context.signal.addEventListener('abort', this.follow, { once: true });
  }

  /** Made only for who needs one: an `AbortController` costs more than all else here. */
  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.stopped !== undefined) this.controller.abort(this.stopped.reason);
    return this.controller.signal;
  }

  /** Why it stopped before its end, where it did. */
  get stop(): { readonly reason: unknown } | undefined {
    return this.stopped;
  }

  onStop(listener: (reason: unknown) => void): void {
    this.onStopped = listener;
    if (this.stopped !== undefined) listener(this.stopped.reason);
  }

  /** True once the upstream's own end marker has come: what still comes is of no interest. */
  get isComplete(): boolean {
    return this.isWhole;
  }

  complete(): void {
    this.isWhole = true;
    this.end();
  }

  /** The first content has come: from here on only silence between two pieces is measured. */
  contentSeen(): void {
    if (this.hasEnded || !this.isOpening) return;
    this.isOpening = false;
    this.lastByteAtMs = performance.now();
  }

  byteSeen(): void {
    this.lastByteAtMs = performance.now();
  }

  /** We hold the upstream back for a slow reader: its silence is our doing. */
  hold(): void {
    this.isHeld = true;
  }

  release(): void {
    this.isHeld = false;
    this.lastByteAtMs = performance.now();
    if (!this.hasEnded) this.deadline.set(this.nearest().atMs);
  }

  /** No clock runs any more and nothing is listened to. */
  end(): void {
    this.hasEnded = true;
    this.deadline.stop();
    this.options.context.signal.removeEventListener('abort', this.follow);
  }

  private readonly follow = (): void => {
    this.abort(this.options.context.signal.reason);
  };

  private abort(reason: unknown): void {
    if (this.stopped !== undefined) return;
    this.end();
    this.stopped = { reason };
    this.controller?.abort(reason);
    this.onStopped(reason);
  }

  private look(): void {
    const { phase, atMs } = this.nearest();
    if (atMs > performance.now()) return this.deadline.set(atMs);
    const { provider, timeouts, form } = this.options;
    const limit = LIMITS[phase];
    const limitMs = this.limits[limit];
    const isCallersLimit = limitMs < callLimits(timeouts, {}, form)[limit];
    this.abort(timeoutError(provider, phase, limitMs, { isCallersLimit }));
  }

  /** The limit that passes next, as things are. */
  private nearest(): { phase: ClockPhase; atMs: number } {
    const { limits, startedAtMs } = this;
    const total = { phase: 'total', atMs: startedAtMs + limits.totalMs } as const;
    const silence = this.isOpening
      ? ({ phase: 'first_token', atMs: startedAtMs + limits.firstTokenMs } as const)
      : ({ phase: 'idle', atMs: this.isSilenceBounded ? this.lastByteAtMs + limits.idleMs : Infinity } as const);
    return silence.atMs < total.atMs ? silence : total;
  }

  private get isSilenceBounded(): boolean {
    return this.options.form === 'stream' && !this.isHeld;
  }
}
