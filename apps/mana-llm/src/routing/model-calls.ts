import { type CallContext, EmptyAnswerError } from '@mana-llm/llm-providers';
import { Injectable } from '@nestjs/common';
import type { GatewayCall } from '../http/gateway-call.js';
import { type EndedModelCall, GatewayMetrics } from '../metrics/gateway-metrics.js';
import { CallOutcomes } from './call-outcomes.js';
import { type Candidate, isUnconfigured } from './candidate.js';
import { failureDetail } from './failure-detail.js';
import { failureReason } from './failure-reason.js';
import { firstSuccessful, type Success } from './first-successful.js';
import { ModelRouter } from './model-router.js';
import { providerFault } from './provider-fault.js';

function labelsOf(candidate: Candidate, sentAtMs: number): { provider: string; model: string; latencySeconds: number } {
  const latencySeconds = (performance.now() - sentAtMs) / 1000;
  return { provider: candidate.provider.name, model: candidate.name, latencySeconds };
}

/** The `errorType` of an answer that is whole and says nothing: it is given, and counted. */
export function emptiness(isEmpty: boolean): { errorType?: string } {
  return isEmpty ? { errorType: 'empty_response' } : {};
}

interface CountedAnswer {
  usage?: { prompt_tokens: number; completion_tokens?: number; [field: string]: unknown };
}

export interface RoutedRequest {
  modelName: string | null | undefined;
  isStream: boolean;
}

type Attempt<T> = (candidate: Candidate, context: CallContext) => Promise<T>;

/** Sends one request along its route and tells the caller, the log and the metrics how it went. */
@Injectable()
export class ModelCalls {
  constructor(
    private readonly router: ModelRouter,
    private readonly metrics: GatewayMetrics,
    private readonly outcomes: CallOutcomes,
  ) {}

  /** Resolves with the first answer. Failed attempts are counted here; the one that answered is the caller's to count. */
  async send<T>(request: RoutedRequest, call: GatewayCall, attempt: Attempt<T>): Promise<Success<T>> {
    const route = this.router.resolve(request.modelName);
    let attempts = 0;
    const counted = (candidate: Candidate): Promise<T> => {
      attempts += 1;
      call.resolved(candidate.name, attempts);
      Object.assign(call.record, { attempts, provider: candidate.provider.name, model: candidate.name });
      const isLast = candidate === route.candidates.findLast((other) => !isUnconfigured(other));
      return this.measured({ candidate, isLast, streaming: request.isStream }, call, attempt);
    };
    const success = await firstSuccessful(route.candidates, counted, {
      signal: call.context.signal,
      onFallback: (failed, next) =>
        this.metrics.fallback({ fromModel: failed.model, toModel: next?.name ?? '', reason: failed.reason }),
    });
    if (route.alias !== undefined) this.metrics.aliasResolved({ alias: route.alias, target: success.candidate.name });
    return success;
  }

  /** `send` for an answer that comes whole: it is counted too, with its tokens. */
  async sendBuffered<T extends CountedAnswer>(
    modelName: string | null | undefined,
    call: GatewayCall,
    attempt: Attempt<T>,
  ): Promise<T> {
    let sentAtMs = 0;
    const { value, candidate, isEmpty } = await this.send({ modelName, isStream: false }, call, (tried, context) => {
      sentAtMs = performance.now();
      return attempt(tried, context);
    });
    const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = value.usage ?? {};
    const tokens = {
      ...(promptTokens === undefined ? {} : { promptTokens }),
      ...(completionTokens === undefined ? {} : { completionTokens }),
    };
    Object.assign(call.record, tokens);
    this.metrics.modelCallEnded({
      ...labelsOf(candidate, sentAtMs),
      streaming: false,
      hasAnswered: true,
      ...tokens,
      ...emptiness(isEmpty),
    });
    return value;
  }

  /** Aborted work says nothing of the provider. */
  private countFailure(
    candidate: Candidate,
    ended: EndedModelCall,
    { context, record }: Pick<GatewayCall, 'context' | 'record'>,
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
    { context, record }: GatewayCall,
    run: Attempt<T>,
  ): Promise<T> {
    const sentAtMs = performance.now();
    try {
      const answer = await run(candidate, context);
      this.outcomes.report({ provider: candidate.provider.name });
      return answer;
    } catch (error) {
      // From the last candidate an empty answer is the answer: it is counted as one.
      if (isLast && error instanceof EmptyAnswerError) throw error;
      this.countFailure(
        candidate,
        { ...labelsOf(candidate, sentAtMs), streaming, hasAnswered: false },
        { context, record },
        error,
      );
      throw error;
    } finally {
      record.upstreamMs = (record.upstreamMs ?? 0) + performance.now() - sentAtMs;
    }
  }
}
