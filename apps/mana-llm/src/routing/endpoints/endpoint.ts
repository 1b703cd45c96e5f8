import type { LlmProvider } from '@mana-llm/llm-providers';
import type { ProviderPolicy } from '../../config/configuration.js';
import { type AdmissionPlace, type AdmissionQueue, AdmissionRefusal } from '../admission/admission-queue.js';
import { MemoryAdmissionQueue } from '../admission/memory-admission-queue.js';
import {
  type BreakerScope,
  CandidateUnavailableError,
  MemoryParkedModels,
  type ParkedModels,
  type UnavailableReason,
} from './unavailability.js';
import type { BreakerState } from './circuit-breaker.js';
import { type EndpointBreaker, MemoryEndpointBreaker } from './endpoint-breaker.js';
import { EndpointHealth } from './endpoint-health.js';
import { EndpointAttempt, type EndpointRequest } from './endpoint-attempt.js';
import { ProviderListing } from './ask-provider.js';

/** Hears what becomes of an endpoint. */
export interface EndpointObserver {
  breakerChanged(endpoint: Endpoint, state: BreakerState): void;
  /** One model becomes unavailable, or is asked as before. */
  modelChanged(endpoint: Endpoint, model: string, isUnavailable: boolean): void;
  queueChanged(endpoint: Endpoint): void;
  /** The status in `health` has changed. */
  healthChanged(endpoint: Endpoint): void;
}

export interface EndpointOptions {
  /** As operators read it: `ollama`, or `ollama#2` where a provider has several. */
  id: string;
  /** What identifies it, wherever it stands in the configuration: see `ProviderRegistry.keyOf`. */
  key: string;
  policy: ProviderPolicy;
  observer: EndpointObserver;
  nowMs?: () => number;
}

/** One endpoint of a provider: its health and that of its models, the models that are parked, the requests that run and wait there. */
export class Endpoint {
  readonly breaker: EndpointBreaker;
  readonly key: string;
  readonly health: EndpointHealth;
  readonly queue: AdmissionQueue<EndpointRequest>;
  /** Called when a place is free for which no request waits here: one may wait at another endpoint of the same provider. */
  onRoom: () => void = () => undefined;
  readonly parked: ParkedModels;
  /** Its models, remembered for a while. */
  readonly listing: ProviderListing;
  private readonly observer: EndpointObserver;
  private ownId: string;
  private heldCount = 0;
  private reportedWaiting = 0;

  constructor(
    readonly provider: LlmProvider,
    { id, key, policy, observer, nowMs = Date.now }: EndpointOptions,
  ) {
    this.ownId = id;
    this.key = key;
    this.observer = observer;
    this.breaker = new MemoryEndpointBreaker(policy.breaker, {
      nowMs,
      onChange: (state) => observer.breakerChanged(this, state),
      onModelChange: (model, isUnavailable) => observer.modelChanged(this, model, isUnavailable),
    });
    this.health = new EndpointHealth({
      provider,
      breaker: this.breaker,
      nowMs,
      onChange: () => observer.healthChanged(this),
    });
    this.health.isImplicit = policy.isImplicit ?? false;
    this.queue = new MemoryAdmissionQueue(policy, {
      nowMs,
      onChange: () => this.reportQueue(),
      onRoom: () => this.onRoom(),
    });
    this.parked = new MemoryParkedModels(nowMs);
    this.listing = new ProviderListing(provider);
  }

  get id(): string {
    return this.ownId;
  }

  /** Nobody runs or waits, and no request that is under way may come yet. */
  get isIdle(): boolean {
    return this.queue.running + this.queue.waiting + this.heldCount === 0;
  }

  /** A request has it on its route, up to `release`. */
  hold(): void {
    this.heldCount += 1;
  }

  release(): void {
    this.heldCount -= 1;
  }

  /** Takes over another place in the configuration; what runs and waits stays. */
  configure(id: string, policy: ProviderPolicy): void {
    this.ownId = id;
    this.health.isImplicit = policy.isImplicit ?? false;
    this.breaker.configure(policy.breaker);
    this.queue.configure(policy);
  }

  /** Why the caller may not ask the model now; undefined: it may, though it may have to wait. No caller: one who had a part in all failures. */
  unavailability(model: string, caller?: string): CandidateUnavailableError | undefined {
    const parkedMs = this.parked.parkedForMs(model);
    if (parkedMs > 0) return this.unavailable(model, 'rate_limit', parkedMs);
    const refusal = this.breaker.refusal(model, caller);
    return refusal && this.unavailable(model, 'breaker_open', refusal.forMs, refusal.scope);
  }

  /** As far as the endpoint has said; the model may come by the first request for it. */
  lacks(model: string): boolean {
    return this.provider.placementOf?.(model) === 'absent';
  }

  /** Resolves once the request may be sent; throws `CandidateUnavailableError`, or the signal's reason. */
  async enter(request: EndpointRequest): Promise<EndpointAttempt> {
    const { model, caller, signal } = request;
    signal.throwIfAborted();
    const place = this.queue.enterNow() ?? (await this.waitForPlace(request));
    // Much may have happened while it waited.
    const unavailable = this.unavailability(model, caller);
    if (unavailable !== undefined || signal.aborted) place.leave();
    signal.throwIfAborted();
    if (unavailable !== undefined) throw unavailable;
    return new EndpointAttempt(this, request, place);
  }

  private async waitForPlace(request: EndpointRequest): Promise<AdmissionPlace> {
    try {
      return await this.queue.enter(request);
    } catch (refusal) {
      if (!(refusal instanceof AdmissionRefusal)) throw refusal;
      throw this.unavailable(request.model, refusal.reason, refusal.retryAfterMs);
    }
  }

  /** Most requests do not wait: then there is nothing to report. */
  private reportQueue(): void {
    if (this.queue.waiting === this.reportedWaiting) return;
    this.reportedWaiting = this.queue.waiting;
    this.observer.queueChanged(this);
  }

  private unavailable(model: string, reason: UnavailableReason, ms: number, scope?: BreakerScope) {
    return new CandidateUnavailableError(`${this.provider.name}/${model}`, reason, ms, scope);
  }
}
