import { Injectable } from '@nestjs/common';
import { Registry } from 'prom-client';
import { BoundedLabels, BoundedModels, type ModelLabels } from './bounded-labels.js';
import { COUNTERS, GAUGES, HISTOGRAMS, type StreamEnd } from './metric-names.js';
import { registerCounter, registerGauge, registerHistogram } from './series-metric.js';

export interface EndedRequest {
  method: string;
  /** The route pattern, never the path as the client sent it. */
  endpoint: string;
  status: number;
  latencySeconds: number;
}

export interface EndedModelCall extends ModelLabels {
  streaming: boolean;
  latencySeconds: number;
  /** Whether the model answered, which shows that it exists. */
  hasAnswered: boolean;
  errorType?: string;
  promptTokens?: number;
  completionTokens?: number;
}

export interface SavedTokens extends ModelLabels {
  promptTokens?: number;
  completionTokens?: number;
}

export interface ModelTiming extends ModelLabels {
  seconds: number;
}

/** Since a time of `performance.now()`. */
export function secondsSince(sinceMs: number): number {
  return (performance.now() - sinceMs) / 1000;
}

const ENDPOINT_LIMIT = 100;
const REASON_LIMIT = 50;

/** The metrics of the cache. */
function registerCacheMetrics(registry: Registry) {
  return {
    requests: registerCounter(registry, COUNTERS.cacheRequests),
    lookups: registerCounter(registry, COUNTERS.cacheLookups),
    writes: registerCounter(registry, COUNTERS.cacheWrites),
    wait: registerHistogram(registry, HISTOGRAMS.cacheWait),
    entries: registerGauge(registry, GAUGES.cacheEntries),
    bytes: registerGauge(registry, GAUGES.cacheBytes),
  };
}

/** Everything the gateway counts. One method per fact; the names are in `metric-names.ts`. */
@Injectable()
export class GatewayMetrics {
  private readonly requests;
  private readonly requestLatency;
  private readonly requestsInFlight;
  private readonly modelRequests;
  private readonly modelErrors;
  private readonly modelLatency;
  private readonly tokens;
  private readonly savedTokens;
  private readonly firstToken;
  private readonly outputToken;
  private readonly streams;
  private readonly aliases;
  private readonly fallbacks;
  private readonly healthy;
  private readonly overhead;
  private readonly cache;

  private readonly models = new BoundedModels();
  private readonly endpoints = new BoundedLabels(ENDPOINT_LIMIT);
  private readonly reasons = new BoundedLabels(REASON_LIMIT);

  constructor(registry: Registry) {
    this.requests = registerCounter(registry, COUNTERS.requests);
    this.requestLatency = registerHistogram(registry, HISTOGRAMS.requestLatency);
    this.requestsInFlight = registerGauge(registry, GAUGES.requestsInFlight);
    this.modelRequests = registerCounter(registry, COUNTERS.modelRequests);
    this.modelErrors = registerCounter(registry, COUNTERS.modelErrors);
    this.modelLatency = registerHistogram(registry, HISTOGRAMS.modelLatency);
    this.tokens = registerCounter(registry, COUNTERS.tokens);
    this.savedTokens = registerCounter(registry, COUNTERS.tokensSaved);
    this.firstToken = registerHistogram(registry, HISTOGRAMS.timeToFirstToken);
    this.outputToken = registerHistogram(registry, HISTOGRAMS.timePerOutputToken);
    this.streams = registerCounter(registry, COUNTERS.streams);
    this.aliases = registerCounter(registry, COUNTERS.aliasResolved);
    this.fallbacks = registerCounter(registry, COUNTERS.fallback);
    this.healthy = registerGauge(registry, GAUGES.providerHealthy);
    this.overhead = registerHistogram(registry, HISTOGRAMS.gatewayOverhead);
    this.cache = registerCacheMetrics(registry);
  }

  requestStarted(): void {
    this.requestsInFlight.inc();
  }

  /** Models that the configuration names, as `provider/model`, have their label from the start, even while they fail. */
  knowModels(names: Iterable<string>): void {
    for (const name of names) this.models.known(name);
  }

  /** Ends what `requestStarted` began. */
  requestEnded({ method, endpoint, status, latencySeconds }: EndedRequest): void {
    const labels = { method, endpoint: this.endpoints.admit(endpoint) };
    this.requestsInFlight.dec();
    this.requests.inc({ ...labels, status });
    this.requestLatency.observe(labels, latencySeconds);
  }

  modelCallEnded(call: EndedModelCall): void {
    const { provider, errorType, promptTokens, completionTokens } = call;
    const model = call.hasAnswered ? this.models.answered(call) : this.models.unanswered(call, errorType);
    this.modelRequests.inc({ provider, model, streaming: String(call.streaming) });
    this.modelLatency.observe({ provider, model }, call.latencySeconds);
    if (promptTokens !== undefined) {
      this.tokens.inc({ provider, model, type: 'prompt' }, promptTokens);
    }
    if (completionTokens !== undefined) {
      this.tokens.inc({ provider, model, type: 'completion' }, completionTokens);
    }
    if (errorType !== undefined) {
      this.modelErrors.inc({ provider, model, error_type: this.reasons.admit(errorType) });
    }
  }

  /** The tokens of an answer for which no model was asked. */
  tokensSaved({ promptTokens, completionTokens, ...labels }: SavedTokens): void {
    const { provider } = labels;
    const model = this.models.answered(labels);
    if (promptTokens !== undefined) this.savedTokens.inc({ provider, model, type: 'prompt' }, promptTokens);
    if (completionTokens !== undefined) this.savedTokens.inc({ provider, model, type: 'completion' }, completionTokens);
  }

  timeToFirstToken({ provider, model, seconds }: ModelTiming): void {
    this.firstToken.observe({ provider, model: this.models.answered({ provider, model }) }, seconds);
  }

  timePerOutputToken({ provider, model, seconds }: ModelTiming): void {
    this.outputToken.observe({ provider, model: this.models.answered({ provider, model }) }, seconds);
  }

  streamEnded({ end }: { end: StreamEnd }): void {
    this.streams.inc({ end });
  }

  /** Like `fallback`, by `provider/model`: these have no label for the provider. */
  aliasResolved({ alias, target }: { alias: string; target: string }): void {
    this.aliases.inc({ alias: this.models.known(alias), target: this.models.known(target) });
  }

  /**
   * `toModel` is empty where no candidate is left. A request may bring its own chain, with names that no provider has answered for.
   */
  fallback({ fromModel, toModel, reason }: { fromModel: string; toModel: string; reason: string }): void {
    this.fallbacks.inc({
      from_model: this.models.failed(fromModel, reason),
      to_model: toModel === '' ? '' : this.models.tried(toModel),
      reason: this.reasons.admit(reason),
    });
  }

  providerHealthy({ provider, healthy }: { provider: string; healthy: boolean }): void {
    this.healthy.set({ provider }, healthy ? 1 : 0);
  }

  /** Nothing is known of the provider, or it is used no more. */
  providerUnknown({ provider }: { provider: string }): void {
    this.healthy.remove({ provider });
  }

  gatewayOverhead({ endpoint, seconds }: { endpoint: string; seconds: number }): void {
    this.overhead.observe({ endpoint: this.endpoints.admit(endpoint) }, seconds);
  }

  cacheAnswered({ kind, result }: { kind: string; result: string }): void {
    this.cache.requests.inc({ kind, result });
  }

  cacheLookup({ layer, outcome }: { layer: string; outcome: string }): void {
    this.cache.lookups.inc({ layer, outcome });
  }

  cacheWritten({ layer, outcome }: { layer: string; outcome: string }): void {
    this.cache.writes.inc({ layer, outcome });
  }

  cacheWaited({ seconds }: { seconds: number }): void {
    this.cache.wait.observe({}, seconds);
  }

  cacheSize({ layer, entries, bytes }: { layer: string; entries: number; bytes: number }): void {
    this.cache.entries.set({ layer }, entries);
    this.cache.bytes.set({ layer }, bytes);
  }
}
