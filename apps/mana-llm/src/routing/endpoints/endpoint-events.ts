import { Injectable, Logger } from '@nestjs/common';
import { type Observable, Subject } from 'rxjs';
import { EndpointMetrics } from '../../metrics/endpoint-metrics.js';
import type { BreakerState } from './circuit-breaker.js';
import type { Endpoint, EndpointObserver } from './endpoint.js';

/** Hears what happens to endpoints, and gives it to the log and the metrics; `ProviderHealth` listens to `healthChanges$`. */
@Injectable()
export class EndpointEvents implements EndpointObserver {
  private readonly logger = new Logger(EndpointEvents.name);
  private readonly healthChanges = new Subject<Endpoint>();
  /** Other endpoints may have their names by now. */
  private readonly retired = new WeakSet<Endpoint>();

  constructor(private readonly metrics: EndpointMetrics) {}

  /** Each endpoint whose status has changed. */
  get healthChanges$(): Observable<Endpoint> {
    return this.healthChanges.asObservable();
  }

  breakerChanged(endpoint: Endpoint, state: BreakerState): void {
    if (this.retired.has(endpoint)) return;
    const { id, provider } = endpoint;
    this.metrics.breakerState({ provider: provider.name, endpoint: id, state });
    if (state === 'open') this.logger.warn(`the breaker of ${id} is open: it is not asked for a while`);
    else if (state === 'closed') this.logger.log(`the breaker of ${id} is closed again`);
  }

  modelChanged(endpoint: Endpoint, model: string, isUnavailable: boolean): void {
    if (this.retired.has(endpoint)) return;
    // Quoted: the name comes from a client.
    const name = `the model ${JSON.stringify(model)} of ${endpoint.id}`;
    if (isUnavailable) this.logger.warn(`${name} has failed several times in a row: it is not asked for a while`);
    else this.logger.log(`${name} answers again`);
  }

  queueChanged(endpoint: Endpoint): void {
    if (this.retired.has(endpoint)) return;
    const { id, provider, queue } = endpoint;
    this.metrics.queueDepth({ provider: provider.name, endpoint: id, waiting: queue.waiting });
  }

  /** The endpoint is in use under the name that it has now. */
  named({ id, provider, breaker, queue }: Endpoint): void {
    this.metrics.breakerState({ provider: provider.name, endpoint: id, state: breaker.state });
    this.metrics.queueDepth({ provider: provider.name, endpoint: id, waiting: queue.waiting });
  }

  /** The endpoint does not have its name any more. */
  unnamed({ id, provider }: Endpoint): void {
    this.metrics.gone({ provider: provider.name, endpoint: id });
  }

  /** The endpoint is not used any more: nothing about it is logged or counted from now on. */
  gone(endpoint: Endpoint): void {
    this.retired.add(endpoint);
  }

  healthChanged(endpoint: Endpoint): void {
    if (!this.retired.has(endpoint)) this.healthChanges.next(endpoint);
  }
}
