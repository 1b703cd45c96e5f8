import { Injectable, Logger } from '@nestjs/common';
import { type Observable, Subject } from 'rxjs';
import { HostMetrics } from '../metrics/host-metrics.js';
import type { BreakerState } from './circuit-breaker.js';
import type { Host, HostObserver } from './host.js';

/** What a request told of a server. */
export interface HostOutcome {
  host: Host;
  /** What is wrong with it; undefined: it answered. */
  failure?: string;
}

/** Where servers tell what becomes of them: the log and the metrics hear it here, health by `outcomes$`. */
@Injectable()
export class HostEvents implements HostObserver {
  private readonly logger = new Logger(HostEvents.name);
  private readonly outcomes = new Subject<HostOutcome>();

  constructor(private readonly metrics: HostMetrics) {}

  get outcomes$(): Observable<HostOutcome> {
    return this.outcomes.asObservable();
  }

  breakerChanged({ id, provider }: Host, state: BreakerState): void {
    this.metrics.breakerState({ provider: provider.name, host: id, state });
    if (state === 'open') this.logger.warn(`the breaker of ${id} is open: it is left alone for a while`);
    else if (state === 'closed') this.logger.log(`the breaker of ${id} is closed again`);
  }

  queueChanged({ id, provider, queue }: Host): void {
    this.metrics.queueDepth({ provider: provider.name, host: id, waiting: queue.waiting });
  }

  /** The server is used no more, or under another name. */
  gone({ id, provider }: Host): void {
    this.metrics.gone({ provider: provider.name, host: id });
  }

  answered(host: Host): void {
    this.outcomes.next({ host });
  }

  broke(host: Host, failure: string): void {
    this.outcomes.next({ host, failure });
  }
}
