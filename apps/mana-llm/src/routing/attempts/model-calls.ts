import type { CallContext, LlmProvider } from '@mana-llm/llm-providers';
import type { ChatCompletionChunk, CompletionUsage } from '@mana-llm/openai-api';
import { Injectable } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { GatewayMetrics } from '../../metrics/gateway-metrics.js';
import { HostMetrics } from '../../metrics/host-metrics.js';
import type { Candidate, Route } from '../candidate.js';
import { countStream } from './count-stream.js';
import { countedTokens } from '../../call/counted-tokens.js';
import { explainBareName } from '../explain-bare-name.js';
import { firstSuccessful, type Success } from './first-successful.js';
import { keepOpen } from './keep-open.js';
import { labelsOf, RequestTries, type SendOnce } from './request-tries.js';
import type { RoutedCall } from './routed-call.js';
import { secondsSince } from './seconds-since.js';

interface CountedAnswer {
  usage?: CompletionUsage;
}

/** A model at one server. */
export interface Target {
  provider: LlmProvider;
  /** The provider's own name for the model. */
  model: string;
}

/** Dashboards know a provider that is left alone, because it has failed before, under the name that the old service gave it. */
const DASHBOARD_REASONS: Readonly<Record<string, string>> = { breaker_open: 'cache-unhealthy' };

type Ask<T> = (target: Target, context: CallContext) => Promise<T>;

interface SentRequest<T> extends Success<T> {
  /** `performance.now()` at the try that succeeded. */
  sentAtMs: number;
}

/** Sends one request along its route and tells the caller, the log and the metrics how it went. */
@Injectable()
export class ModelCalls {
  constructor(
    private readonly metrics: GatewayMetrics,
    private readonly hostMetrics: HostMetrics,
  ) {}

  /** An answer that comes whole, counted with its tokens. */
  async complete<T extends CountedAnswer>(route: Route, call: RoutedCall, ask: Ask<T>): Promise<T> {
    const { value, candidate, isEmpty, sentAtMs } = await this.send(
      { route, call, streaming: false },
      (model) => async (visit, context) => {
        const answer = await ask({ provider: visit.host.provider, model }, context);
        visit.succeeded();
        return answer;
      },
    );
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
    ask: Ask<Observable<ChatCompletionChunk>>,
  ): Promise<Observable<ChatCompletionChunk>> {
    const { value, candidate, isEmpty, sentAtMs } = await this.send(
      { route, call, streaming: true },
      (model) => async (visit, context) => visit.follow(await ask({ provider: visit.host.provider, model }, context)),
    );
    const labels = labelsOf(candidate);
    const openedAtMs = performance.now();
    this.metrics.timeToFirstToken({ ...labels, seconds: (openedAtMs - sentAtMs) / 1000 });
    return countStream(value, { labels, metrics: this.metrics, sentAtMs, openedAtMs, isEmpty });
  }

  /** Failed tries are counted on the way; the one that answered is the caller's to count. */
  private async send<T>(
    { route, call, streaming }: { route: Route; call: RoutedCall; streaming: boolean },
    sendTo: (model: string) => SendOnce<T>,
  ): Promise<SentRequest<T>> {
    const tries = new RequestTries({ call, metrics: this.metrics, hostMetrics: this.hostMetrics, streaming });
    const letGo = keepOpen(route);
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
      if (hedges.length > 0) tries.tell(winner);
      if (route.alias !== undefined) this.metrics.aliasResolved({ alias: route.alias, target: winner.name });
      return { ...success, sentAtMs: tries.sentAt(winner) };
    } catch (error) {
      throw route.bareName === undefined ? error : await explainBareName(error, route.bareName, call.context);
    } finally {
      letGo();
      const hasWon = winner !== undefined && hedges.includes(winner);
      if (hedges.length > 0) this.hostMetrics.hedged({ outcome: hasWon ? 'won' : 'lost' });
      call.record.upstreamMs = (call.record.upstreamMs ?? 0) + performance.now() - startedAtMs;
    }
  }
}
