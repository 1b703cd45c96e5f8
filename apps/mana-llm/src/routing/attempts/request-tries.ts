import { type CallContext, EmptyAnswerError, isContextTooLong, type LlmProvider } from '@mana-llm/llm-providers';
import type { Call } from '../../call/call.js';
import { type GatewayMetrics, secondsSince } from '../../metrics/gateway-metrics.js';
import type { EndpointMetrics } from '../../metrics/endpoint-metrics.js';
import { CandidateUnavailableError } from '../endpoints/unavailability.js';
import type { AttemptOptions } from './candidate-race.js';
import { type Candidate, isUnconfigured } from '../candidates.js';
import type { FailedCandidate } from './route-failure.js';
import { failureDetail, failureOf } from './failures.js';
import type { EndpointAttempt } from '../endpoints/endpoint-attempt.js';
import { tryEndpoints, type TryTerms } from './try-endpoints.js';

export interface RequestTriesOptions {
  call: Call;
  metrics: GatewayMetrics;
  endpointMetrics: EndpointMetrics;
  streaming: boolean;
  /** Throws where the provider lacks the capability that the request needs. */
  requireFrom: (provider: LlmProvider, model: string) => unknown;
}

/** Sends to the endpoint of an attempt, under the signal of the attempt. */
export type SendOnce<T> = (attempt: EndpointAttempt, context: CallContext) => Promise<T>;

export const labelsOf = ({ pool, model }: Candidate): { provider: string; model: string } => ({
  provider: pool.name,
  model,
});

const roomTokensOf = ({ pool, model }: Candidate): number => pool.contextLengthOf(model) ?? Infinity;

/** Everything that is sent for one request. It is counted, and it stands in the record and the headers. */
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

  /** Shows the caller and the log which candidate was asked. */
  report({ name, pool }: Candidate): void {
    const { call } = this.options;
    const attempts = this.sent.length;
    call.resolved(name, attempts);
    call.record.attempts = attempts;
    call.record.provider = pool.name;
    call.record.model = name;
  }

  async attempt<T>(candidate: Candidate, options: AttemptOptions, send: SendOnce<T>): Promise<T> {
    this.checkCapability(candidate);
    if (this.tooLong !== undefined && roomTokensOf(candidate) <= this.tooLong.tokens) throw this.tooLong.error;
    try {
      return await tryEndpoints(candidate, this.terms(candidate, options), (attempt) =>
        this.sendOnce(candidate, attempt, options.signal, send),
      );
    } catch (error) {
      if (isContextTooLong(error)) this.noteTooLong(candidate, error);
      if (error instanceof CandidateUnavailableError) this.notAsked(candidate, error);
      throw error;
    }
  }

  /** The candidate has lost: an empty answer, which could have been the answer, is counted as a failure now. */
  failed({ candidate, error }: FailedCandidate): void {
    if (isUnconfigured(candidate) || !(error instanceof EmptyAnswerError)) return;
    this.countFailure(candidate, this.sentAt(candidate), error);
  }

  /** All endpoints of a provider are alike: where one lacks the capability, none of them is asked. */
  private checkCapability(candidate: Candidate): void {
    try {
      for (const { provider } of candidate.pool.endpoints) this.options.requireFrom(provider, candidate.model);
    } catch (error) {
      this.notAsked(candidate, error);
      throw error;
    }
  }

  /** It failed without an attempt. */
  private notAsked(candidate: Candidate, error: unknown): void {
    this.report(candidate);
    this.record(candidate, error);
  }

  private async sendOnce<T>(
    candidate: Candidate,
    attempt: EndpointAttempt,
    signal: AbortSignal,
    send: SendOnce<T>,
  ): Promise<T> {
    const { call, endpointMetrics } = this.options;
    const sentAtMs = performance.now();
    this.sent.push({ candidate, atMs: sentAtMs });
    this.report(candidate);
    endpointMetrics.queueWaited({ provider: candidate.pool.name, seconds: attempt.waitedMs / 1000 });
    try {
      return await send(attempt, signal === call.context.signal ? call.context : { ...call.context, signal });
    } catch (error) {
      // Aborted work says nothing of the provider.
      if (signal.aborted) this.countEnd(candidate, sentAtMs);
      // Whether an empty answer is a failure depends on the candidates that are left.
      else if (!(error instanceof EmptyAnswerError)) this.countFailure(candidate, sentAtMs, error);
      throw error;
    }
  }

  private terms({ pool, model }: Candidate, { signal, isLast }: AttemptOptions): TryTerms {
    const { call, endpointMetrics } = this.options;
    const { retries, retryBudgetMs } = pool.policy;
    const { deadlineAtMs } = this;
    return {
      request: {
        model,
        caller: call.caller.principal,
        callerName: call.wishes.name,
        isLowPriority: call.wishes.isLowPriority,
        signal,
        deadlineAtMs: deadlineAtMs === Infinity ? undefined : deadlineAtMs,
      },
      retries: Math.max(0, retries - call.wishes.retries),
      retryUntilMs: Math.min(this.startedAtMs + retryBudgetMs, deadlineAtMs),
      mayWait: isLast,
      onRetry: (error) => endpointMetrics.retried({ provider: pool.name, reason: failureOf(error).reason }),
    };
  }

  /** Asked for only now: the first request to an endpoint is how its models become known. */
  private noteTooLong(candidate: Candidate, error: unknown): void {
    const tokens = roomTokensOf(candidate);
    if (tokens < Infinity) this.tooLong = { error, tokens };
  }

  private countFailure(candidate: Candidate, sentAtMs: number, error: unknown): void {
    this.countEnd(candidate, sentAtMs, { errorType: failureOf(error).reason });
    this.record(candidate, error);
  }

  private countEnd(candidate: Candidate, sentAtMs: number, failure: { errorType?: string } = {}): void {
    const { metrics, streaming } = this.options;
    const latencySeconds = secondsSince(sentAtMs);
    metrics.modelCallEnded({ ...labelsOf(candidate), latencySeconds, streaming, hasAnswered: false, ...failure });
  }

  private record({ name }: Candidate, error: unknown): void {
    const { record } = this.options.call;
    (record.failed ??= []).push({ model: name, reason: failureOf(error).reason, ...failureDetail(error) });
  }
}
