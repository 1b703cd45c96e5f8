import { Injectable } from '@nestjs/common';
import { Registry } from 'prom-client';
import { BoundedLabels } from './bounded-labels.js';
import { COUNTERS, GAUGES, HISTOGRAMS } from './metric-names.js';
import { registerCounter, registerGauge, registerHistogram } from './series-metric.js';

export interface EndpointLabels {
  provider: string;
  /** The provider's name, with a number where it has several endpoints: `ollama#2`. */
  endpoint: string;
}

const BREAKER_VALUES = { closed: 0, half_open: 1, open: 2 } as const;
const REASON_LIMIT = 50;

/** What is counted between a candidate and its endpoints. One method per fact; the names are in `metric-names.ts`. */
@Injectable()
export class EndpointMetrics {
  private readonly retries;
  private readonly hedges;
  private readonly breakers;
  private readonly queues;
  private readonly waits;
  private readonly reasons = new BoundedLabels(REASON_LIMIT);

  constructor(registry: Registry) {
    this.retries = registerCounter(registry, COUNTERS.retries);
    this.hedges = registerCounter(registry, COUNTERS.hedges);
    this.breakers = registerGauge(registry, GAUGES.breakerState);
    this.queues = registerGauge(registry, GAUGES.queueDepth);
    this.waits = registerHistogram(registry, HISTOGRAMS.queueWait);
  }

  retried({ provider, reason }: { provider: string; reason: string }): void {
    this.retries.inc({ provider, reason: this.reasons.admit(reason) });
  }

  hedged({ outcome }: { outcome: 'won' | 'lost' }): void {
    this.hedges.inc({ outcome });
  }

  breakerState({ provider, endpoint, state }: EndpointLabels & { state: keyof typeof BREAKER_VALUES }): void {
    this.breakers.set({ provider, host: endpoint }, BREAKER_VALUES[state]);
  }

  queueDepth({ provider, endpoint, waiting }: EndpointLabels & { waiting: number }): void {
    this.queues.set({ provider, host: endpoint }, waiting);
  }

  queueWaited({ provider, seconds }: { provider: string; seconds: number }): void {
    this.waits.observe({ provider }, seconds);
  }

  /** The endpoint is used no more: it has no series any more. */
  gone({ provider, endpoint }: EndpointLabels): void {
    this.breakers.remove({ provider, host: endpoint });
    this.queues.remove({ provider, host: endpoint });
  }
}
