import {
  type CallContext,
  type ChatProvider,
  type EmbeddingProvider,
  type LlmProvider,
  requireChat,
  requireEmbeddings,
} from '@mana-llm/llm-providers';
import type { ChatCompletionChunk, CompletionUsage } from '@mana-llm/openai-api';
import { Injectable } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { GatewayMetrics, secondsSince } from '../../metrics/gateway-metrics.js';
import { EndpointMetrics } from '../../metrics/endpoint-metrics.js';
import { type Candidate, holdRoute, type Route } from '../candidates.js';
import { countStream, type StreamItems } from './count-stream.js';
import { addTokens, countedTokens } from '../../call/call-record.js';
import type { Call } from '../../call/call.js';
import { explainBareName } from './route-failure.js';
import { firstSuccessful, type Success } from './first-successful.js';
import { labelsOf, RequestTries, type SendOnce } from './request-tries.js';

interface CountedAnswer {
  usage?: CompletionUsage;
}

/** A kind of request, by the capability that a provider needs for it. */
export interface RequestKind<P> {
  /** The provider, where it has the capability. Else this throws a `CapabilityError`. */
  require: (provider: LlmProvider, model: string) => P;
}

export const CHAT: RequestKind<LlmProvider & ChatProvider> & StreamItems<ChatCompletionChunk> = {
  require: requireChat,
  usageOf: ({ usage }) => usage,
};
export const EMBEDDING: RequestKind<LlmProvider & EmbeddingProvider> = { require: requireEmbeddings };

/** A model at one endpoint. */
export interface Target<P> {
  provider: P;
  /** The provider's own name for the model. */
  model: string;
}

/** Dashboards know an open breaker by the name that the old service gave it. */
const DASHBOARD_REASONS: Readonly<Record<string, string>> = { breaker_open: 'cache-unhealthy' };

type Ask<P, T> = (target: Target<P>, context: CallContext) => Promise<T>;

interface SentRequest<T> extends Success<T> {
  /** `performance.now()` at the try that succeeded. */
  sentAtMs: number;
}

/** Sends one request along its route, and shows the caller, the log and the metrics how it went. */
@Injectable()
export class ModelCalls {
  constructor(
    private readonly metrics: GatewayMetrics,
    private readonly endpointMetrics: EndpointMetrics,
  ) {}

  /** An answer that comes whole, counted with its tokens. */
  async complete<P, T extends CountedAnswer>(
    route: Route,
    call: Call,
    kind: RequestKind<P>,
    ask: Ask<P, T>,
  ): Promise<T> {
    const { value, candidate, isEmpty, sentAtMs } = await this.send(
      { route, call, kind, streaming: false },
      (model) => async (attempt, context) => {
        const answer = await ask({ provider: kind.require(attempt.endpoint.provider, model), model }, context);
        attempt.succeeded();
        return answer;
      },
    );
    const tokens = countedTokens(value.usage);
    addTokens(call.record, tokens);
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
  async openStream<P, T>(
    route: Route,
    call: Call,
    kind: RequestKind<P> & StreamItems<T>,
    ask: Ask<P, Observable<T>>,
  ): Promise<Observable<T>> {
    const { value, candidate, isEmpty, sentAtMs } = await this.send(
      { route, call, kind, streaming: true },
      (model) => async (attempt, context) =>
        attempt.follow(await ask({ provider: kind.require(attempt.endpoint.provider, model), model }, context)),
    );
    const labels = labelsOf(candidate);
    const openedAtMs = performance.now();
    this.metrics.timeToFirstToken({ ...labels, seconds: (openedAtMs - sentAtMs) / 1000 });
    const { record } = call;
    return countStream(value, { items: kind, labels, record, metrics: this.metrics, sentAtMs, openedAtMs, isEmpty });
  }

  /** Counts the tries that fail; the caller counts the one that answers. */
  private async send<T>(
    { route, call, kind, streaming }: { route: Route; call: Call; kind: RequestKind<unknown>; streaming: boolean },
    sendTo: (model: string) => SendOnce<T>,
  ): Promise<SentRequest<T>> {
    const { metrics, endpointMetrics } = this;
    const tries = new RequestTries({ call, metrics, endpointMetrics, streaming, requireFrom: kind.require });
    const release = holdRoute(route);
    const startedAtMs = performance.now();
    const hedges: Candidate[] = [];
    let winner: Candidate | undefined;
    try {
      const success = await firstSuccessful<T>(
        route.candidates,
        (candidate, options) => tries.attempt(candidate, options, sendTo(candidate.model)),
        {
          signal: call.context.signal,
          deadlineAtMs: tries.deadlineAtMs,
          hedgeAfterMs: ({ pool }) => pool.policy.hedgeAfterMs,
          onHedge: (candidate) => hedges.push(candidate),
          onFallback: (failed, next) => {
            tries.failed(failed);
            const { candidate, reason } = failed;
            const toModel = next?.name ?? '';
            this.metrics.fallback({ fromModel: candidate.name, toModel, reason: DASHBOARD_REASONS[reason] ?? reason });
          },
        },
      );
      winner = success.candidate;
      if (hedges.length > 0) tries.report(winner);
      if (route.alias !== undefined) this.metrics.aliasResolved({ alias: route.alias, target: winner.name });
      return { ...success, sentAtMs: tries.sentAt(winner) };
    } catch (error) {
      throw route.bareName === undefined ? error : await explainBareName(error, route.bareName, call.context);
    } finally {
      release();
      const hasWon = winner !== undefined && hedges.includes(winner);
      if (hedges.length > 0) this.endpointMetrics.hedged({ outcome: hasWon ? 'won' : 'lost' });
      call.record.upstreamMs = (call.record.upstreamMs ?? 0) + performance.now() - startedAtMs;
    }
  }
}
