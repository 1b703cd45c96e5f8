import { type CallContext, EmptyAnswerError, isContextTooLong } from '@mana-llm/llm-providers';
import type { GatewayMetrics } from '../../metrics/gateway-metrics.js';
import type { HostMetrics } from '../../metrics/host-metrics.js';
import { callerName } from '../../call/caller-name.js';
import { callerRetries } from '../../call/caller-retries.js';
import { CandidateUnavailableError } from './candidate-unavailable-error.js';
import type { AttemptOptions } from './candidate-run.js';
import { type Candidate, isUnconfigured } from '../candidate.js';
import type { FailedCandidate } from './failed-candidate.js';
import { failureDetail } from './failure-detail.js';
import { failureReason } from './failure-reason.js';
import type { HostVisit } from '../endpoints/host-visit.js';
import { isLowPriority } from '../../call/is-low-priority.js';
import type { RoutedCall } from './routed-call.js';
import { secondsSince } from './seconds-since.js';
import { tryHosts, type TryTerms } from './try-hosts.js';

export interface RequestTriesOptions {
  call: RoutedCall;
  metrics: GatewayMetrics;
  hostMetrics: HostMetrics;
  streaming: boolean;
}

/** Sends to the server of a visit, under the attempt's own signal. */
export type SendOnce<T> = (visit: HostVisit, context: CallContext) => Promise<T>;

export const labelsOf = ({ pool, model }: Candidate): { provider: string; model: string } => ({
  provider: pool.name,
  model,
});

const roomTokensOf = ({ pool, model }: Candidate): number => pool.contextLengthOf(model) ?? Infinity;

/** Everything that is sent for one request: it is counted, and told to the record and the headers. */
export class RequestTries {
  /** Epoch ms by which the caller has an answer or gives up; Infinity: it has named no time. */
  readonly deadlineAtMs: number;
  private readonly startedAtMs = Date.now();
  private readonly sent: { candidate: Candidate; atMs: number }[] = [];
  /** The refusal of a prompt that was too long, and the most tokens that were tried. */
  private tooLong: { error: unknown; tokens: number } | undefined;

  constructor(private readonly options: RequestTriesOptions) {
    const { deadlineAtMs = Infinity, openByMs = Infinity, maxSilenceMs = Infinity } = options.call.context.limits ?? {};
    this.deadlineAtMs = Math.min(deadlineAtMs, openByMs, this.startedAtMs + maxSilenceMs);
  }

  /** `performance.now()` at the last request to the candidate. */
  sentAt(candidate: Candidate): number {
    return this.sent.findLast((one) => one.candidate === candidate)?.atMs ?? performance.now();
  }

  /** Tells the caller and the log who was asked. */
  tell({ name, pool }: Candidate): void {
    const { call } = this.options;
    const attempts = this.sent.length;
    call.resolved(name, attempts);
    call.record.attempts = attempts;
    call.record.provider = pool.name;
    call.record.model = name;
  }

  async attempt<T>(candidate: Candidate, options: AttemptOptions, send: SendOnce<T>): Promise<T> {
    if (this.tooLong !== undefined && roomTokensOf(candidate) <= this.tooLong.tokens) throw this.tooLong.error;
    try {
      return await tryHosts(candidate, this.terms(candidate, options), (visit) =>
        this.sendOnce(candidate, visit, options.signal, send),
      );
    } catch (error) {
      if (isContextTooLong(error)) this.noteTooLong(candidate, error);
      if (error instanceof CandidateUnavailableError) {
        this.tell(candidate);
        this.record(candidate, error);
      }
      throw error;
    }
  }

  /** The candidate has lost: an empty answer, which could have been the answer, is counted as a failure now. */
  failed({ candidate, error }: FailedCandidate): void {
    if (isUnconfigured(candidate) || !(error instanceof EmptyAnswerError)) return;
    this.countFailure(candidate, this.sentAt(candidate), error);
  }

  private async sendOnce<T>(
    candidate: Candidate,
    visit: HostVisit,
    signal: AbortSignal,
    send: SendOnce<T>,
  ): Promise<T> {
    const { call, hostMetrics } = this.options;
    const sentAtMs = performance.now();
    this.sent.push({ candidate, atMs: sentAtMs });
    this.tell(candidate);
    hostMetrics.queueWaited({ provider: candidate.pool.name, seconds: visit.waitedMs / 1000 });
    try {
      return await send(visit, signal === call.context.signal ? call.context : { ...call.context, signal });
    } catch (error) {
      // Aborted work says nothing of the provider.
      if (signal.aborted) this.countEnd(candidate, sentAtMs);
      // Whether an empty answer is a failure depends on who is left.
      else if (!(error instanceof EmptyAnswerError)) this.countFailure(candidate, sentAtMs, error);
      throw error;
    }
  }

  private terms({ pool, model }: Candidate, { signal, isLast }: AttemptOptions): TryTerms {
    const { call, hostMetrics } = this.options;
    const { retries, retryBudgetMs } = pool.policy;
    const { deadlineAtMs } = this;
    return {
      request: {
        model,
        caller: call.caller.principal,
        callerName: callerName(call.headers),
        isLowPriority: isLowPriority(call.headers),
        signal,
        deadlineAtMs: deadlineAtMs === Infinity ? undefined : deadlineAtMs,
      },
      retries: Math.max(0, retries - callerRetries(call.headers)),
      retryUntilMs: Math.min(this.startedAtMs + retryBudgetMs, deadlineAtMs),
      mayWait: isLast,
      onRetry: (error) => hostMetrics.retried({ provider: pool.name, reason: failureReason(error) }),
    };
  }

  /** Asked for only now: the first request to a server is how its models become known. */
  private noteTooLong(candidate: Candidate, error: unknown): void {
    const tokens = roomTokensOf(candidate);
    if (tokens < Infinity) this.tooLong = { error, tokens };
  }

  private countFailure(candidate: Candidate, sentAtMs: number, error: unknown): void {
    this.countEnd(candidate, sentAtMs, { errorType: failureReason(error) });
    this.record(candidate, error);
  }

  private countEnd(candidate: Candidate, sentAtMs: number, failure: { errorType?: string } = {}): void {
    const { metrics, streaming } = this.options;
    const latencySeconds = secondsSince(sentAtMs);
    metrics.modelCallEnded({ ...labelsOf(candidate), latencySeconds, streaming, hasAnswered: false, ...failure });
  }

  private record({ name }: Candidate, error: unknown): void {
    const { record } = this.options.call;
    (record.failed ??= []).push({ model: name, reason: failureReason(error), ...failureDetail(error) });
  }
}
