import type { CallContext, LlmProvider } from '@mana-llm/llm-providers';
import type { CompletionUsage } from '@mana-llm/openai-api';
import { Injectable } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { GatewayMetrics, secondsSince } from '../../metrics/gateway-metrics.js';
import { EndpointMetrics } from '../../metrics/endpoint-metrics.js';
import { type Candidate, holdRoute, type Route } from '../candidate.js';
import { countStream, type StreamItems } from './count-stream.js';
import { addTokens, countedTokens } from '../../call/call-record.js';
import type { Call } from '../../call/call.js';
import { explainBareName } from '../explain-bare-name.js';
import { firstSuccessful, type Success } from './first-successful.js';
import { labelsOf, RequestTries, type SendOnce } from './request-tries.js';

interface CountedAnswer {
  usage?: CompletionUsage;
}

/** A model at one endpoint. */
export interface Target {
  provider: LlmProvider;
  /** The provider's own name for the model. */
  model: string;
}

/** Dashboards know an open breaker by the name that the old service gave it. */
const DASHBOARD_REASONS: Readonly<Record<string, string>> = { breaker_open: 'cache-unhealthy' };

type Ask<T> = (target: Target, context: CallContext) => Promise<T>;

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
  async complete<T extends CountedAnswer>(route: Route, call: Call, ask: Ask<T>): Promise<T> {
    const { value, candidate, isEmpty, sentAtMs } = await this.send(
      { route, call, streaming: false },
      (model) => async (attempt, context) => {
        const answer = await ask({ provider: attempt.endpoint.provider, model }, context);
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
  async openStream<T>(
    route: Route,
    call: Call,
    ask: Ask<Observable<T>>,
    items: StreamItems<T>,
  ): Promise<Observable<T>> {
    const { value, candidate, isEmpty, sentAtMs } = await this.send(
      { route, call, streaming: true },
      (model) => async (attempt, context) =>
        attempt.follow(await ask({ provider: attempt.endpoint.provider, model }, context)),
    );
    const labels = labelsOf(candidate);
    const openedAtMs = performance.now();
    this.metrics.timeToFirstToken({ ...labels, seconds: (openedAtMs - sentAtMs) / 1000 });
    const { record } = call;
    return countStream(value, { items, labels, record, metrics: this.metrics, sentAtMs, openedAtMs, isEmpty });
  }

  /** Counts the tries that fail; the caller counts the one that answers. */
  private async send<T>(
    { route, call, streaming }: { route: Route; call: Call; streaming: boolean },
    sendTo: (model: string) => SendOnce<T>,
  ): Promise<SentRequest<T>> {
    const tries = new RequestTries({ call, metrics: this.metrics, endpointMetrics: this.endpointMetrics, streaming });
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
