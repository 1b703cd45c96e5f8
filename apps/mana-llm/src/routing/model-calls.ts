import { type CallContext, EmptyAnswerError } from '@mana-llm/llm-providers';
import type { ChatCompletionChunk, CompletionUsage } from '@mana-llm/openai-api';
import { Injectable } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { GatewayCall } from '../http/gateway-call.js';
import { type EndedModelCall, GatewayMetrics } from '../metrics/gateway-metrics.js';
import { CallOutcomes } from './call-outcomes.js';
import { type Candidate, isUnconfigured, type Route } from './candidate.js';
import { countStream } from './count-stream.js';
import { countedTokens } from './counted-tokens.js';
import { failureDetail } from './failure-detail.js';
import { failureReason } from './failure-reason.js';
import { firstSuccessful, type Success } from './first-successful.js';
import { providerFault } from './provider-fault.js';
import { secondsSince } from './seconds-since.js';

const labelsOf = ({ provider, name }: Candidate): { provider: string; model: string } => ({
  provider: provider.name,
  model: name,
});

interface CountedAnswer {
  usage?: CompletionUsage;
}

/** What routing needs of a call: its context, the record of how it went, and the way to tell who answers. */
export type RoutedCall = Pick<GatewayCall, 'context' | 'record' | 'resolved'>;

type Attempt<T> = (candidate: Candidate, context: CallContext) => Promise<T>;

interface SentCall<T> extends Success<T> {
  /** `performance.now()` at the attempt that succeeded. */
  sentAtMs: number;
}

/** Sends one request along its route and tells the caller, the log and the metrics how it went. */
@Injectable()
export class ModelCalls {
  constructor(
    private readonly metrics: GatewayMetrics,
    private readonly outcomes: CallOutcomes,
  ) {}

  /** An answer that comes whole, counted with its tokens. */
  async complete<T extends CountedAnswer>(route: Route, call: RoutedCall, attempt: Attempt<T>): Promise<T> {
    const { value, candidate, isEmpty, sentAtMs } = await this.send({ route, streaming: false }, call, attempt);
    const tokens = countedTokens(value.usage);
    Object.assign(call.record, tokens);
    this.metrics.modelCallEnded({
      ...labelsOf(candidate),
      latencySeconds: secondsSince(sentAtMs),
      streaming: false,
      hasAnswered: true,
      ...tokens,
      ...(isEmpty ? { errorType: 'empty_response' } : {}),
    });
    return value;
  }

  /** Resolves at the first content. The stream is counted when it ends. */
  async openStream(
    route: Route,
    call: RoutedCall,
    attempt: Attempt<Observable<ChatCompletionChunk>>,
  ): Promise<Observable<ChatCompletionChunk>> {
    const { value, candidate, isEmpty, sentAtMs } = await this.send({ route, streaming: true }, call, attempt);
    const labels = labelsOf(candidate);
    const openedAtMs = performance.now();
    this.metrics.timeToFirstToken({ ...labels, seconds: (openedAtMs - sentAtMs) / 1000 });
    return countStream(value, { labels, metrics: this.metrics, sentAtMs, openedAtMs, isEmpty });
  }

  /** Failed attempts are counted here; the one that answered is the caller's to count. */
  private async send<T>(
    { route, streaming }: { route: Route; streaming: boolean },
    call: RoutedCall,
    attempt: Attempt<T>,
  ): Promise<SentCall<T>> {
    let attempts = 0;
    let sentAtMs = 0;
    const counted = (candidate: Candidate): Promise<T> => {
      attempts += 1;
      sentAtMs = performance.now();
      call.resolved(candidate.name, attempts);
      Object.assign(call.record, { attempts, provider: candidate.provider.name, model: candidate.name });
      const isLast = candidate === route.candidates.findLast((other) => !isUnconfigured(other));
      return this.measured({ candidate, isLast, streaming }, call, attempt);
    };
    const success = await firstSuccessful(route.candidates, counted, {
      signal: call.context.signal,
      onFallback: (failed, next) =>
        this.metrics.fallback({ fromModel: failed.model, toModel: next?.name ?? '', reason: failed.reason }),
    });
    if (route.alias !== undefined) this.metrics.aliasResolved({ alias: route.alias, target: success.candidate.name });
    return { ...success, sentAtMs };
  }

  /** Aborted work says nothing of the provider. */
  private countFailure(
    candidate: Candidate,
    ended: EndedModelCall,
    { context, record }: RoutedCall,
    error: unknown,
  ): void {
    if (context.signal.aborted) return this.metrics.modelCallEnded(ended);
    const reason = failureReason(error);
    this.metrics.modelCallEnded({ ...ended, errorType: reason });
    (record.failed ??= []).push({ model: candidate.name, reason, ...failureDetail(error) });
    const failure = providerFault(error);
    if (failure !== undefined) this.outcomes.report({ provider: candidate.provider.name, failure });
  }

  /** One attempt: its time goes to the record, its failure to the metrics. */
  private async measured<T>(
    { candidate, isLast, streaming }: { candidate: Candidate; isLast: boolean; streaming: boolean },
    call: RoutedCall,
    run: Attempt<T>,
  ): Promise<T> {
    const sentAtMs = performance.now();
    try {
      const answer = await run(candidate, call.context);
      this.outcomes.report({ provider: candidate.provider.name });
      return answer;
    } catch (error) {
      // From the last candidate an empty answer is the answer: it is counted as one.
      if (isLast && error instanceof EmptyAnswerError) throw error;
      this.countFailure(
        candidate,
        { ...labelsOf(candidate), latencySeconds: secondsSince(sentAtMs), streaming, hasAnswered: false },
        call,
        error,
      );
      throw error;
    } finally {
      call.record.upstreamMs = (call.record.upstreamMs ?? 0) + performance.now() - sentAtMs;
    }
  }
}
