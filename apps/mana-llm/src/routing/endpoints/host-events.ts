import { Injectable, Logger } from '@nestjs/common';
import { type Observable, Subject } from 'rxjs';
import { HostMetrics } from '../../metrics/host-metrics.js';
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
  /** Their names may be others' by now. */
  private readonly retired = new WeakSet<Host>();

  constructor(private readonly metrics: HostMetrics) {}

  get outcomes$(): Observable<HostOutcome> {
    return this.outcomes.asObservable();
  }

  breakerChanged(host: Host, state: BreakerState): void {
    if (this.retired.has(host)) return;
    const { id, provider } = host;
    this.metrics.breakerState({ provider: provider.name, host: id, state });
    if (state === 'open') this.logger.warn(`the breaker of ${id} is open: it is left alone for a while`);
    else if (state === 'closed') this.logger.log(`the breaker of ${id} is closed again`);
  }

  modelChanged(host: Host, model: string, isResting: boolean): void {
    if (this.retired.has(host)) return;
    // Quoted: the name comes from a client.
    const name = `the model ${JSON.stringify(model)} of ${host.id}`;
    if (isResting) this.logger.warn(`${name} has failed several times in a row: it is left alone for a while`);
    else this.logger.log(`${name} answers again`);
  }

  queueChanged(host: Host): void {
    if (this.retired.has(host)) return;
    const { id, provider, queue } = host;
    this.metrics.queueDepth({ provider: provider.name, host: id, waiting: queue.waiting });
  }

  /** The server is in use under the name that it has now. */
  named({ id, provider, breaker, queue }: Host): void {
    this.metrics.breakerState({ provider: provider.name, host: id, state: breaker.state });
    this.metrics.queueDepth({ provider: provider.name, host: id, waiting: queue.waiting });
  }

  /** The server has its name no more. */
  unnamed({ id, provider }: Host): void {
    this.metrics.gone({ provider: provider.name, host: id });
  }

  /** The server is used no more: what still becomes of it is told to nobody. */
  gone(host: Host): void {
    this.retired.add(host);
  }

  answered(host: Host): void {
    if (!this.retired.has(host)) this.outcomes.next({ host });
  }

  broke(host: Host, failure: string): void {
    if (!this.retired.has(host)) this.outcomes.next({ host, failure });
  }
}
