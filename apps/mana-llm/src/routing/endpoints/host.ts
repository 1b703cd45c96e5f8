import type { LlmProvider } from '@mana-llm/llm-providers';
import type { ProviderPolicy } from '../../config/configuration.js';
import { type AdmissionPlace, AdmissionQueue, AdmissionRefusal } from '../admission/admission-queue.js';
import type { AdmissionRequest } from '../admission/admission-queue.js';
import { CandidateUnavailableError } from '../attempts/candidate-unavailable-error.js';
import type { Resting, UnavailableReason } from '../attempts/candidate-unavailable-error.js';
import type { BreakerState } from './circuit-breaker.js';
import { HostBreaker } from './host-breaker.js';
import { HostVisit } from './host-visit.js';
import { ParkedModels } from './parked-models.js';
import { ProviderListing } from '../provider-listing.js';

/** Hears what becomes of a server. */
export interface HostObserver {
  breakerChanged(host: Host, state: BreakerState): void;
  /** One model begins to rest, or is asked as before. */
  modelChanged(host: Host, model: string, isResting: boolean): void;
  queueChanged(host: Host): void;
  answered(host: Host): void;
  /** `message` is fit for operators and clients. */
  broke(host: Host, message: string): void;
}

export interface HostOptions {
  /** `ollama`, or `ollama#2` where a provider has several. */
  id: string;
  policy: ProviderPolicy;
  observer: HostObserver;
  nowMs?: () => number;
}

export interface HostRequest extends AdmissionRequest {
  /** The provider's own name for the model. */
  model: string;
}

/** One server of a provider: whether it and its models work, which models it wants left alone, who runs there and who waits. */
export class Host {
  readonly breaker: HostBreaker;
  readonly queue: AdmissionQueue<HostRequest>;
  /** Called when a place has come free for which nobody waits here: others of the same provider may have somebody. */
  onRoom: () => void = () => undefined;
  readonly parked: ParkedModels;
  /** Its models, remembered for a while. */
  readonly listing: ProviderListing;
  private readonly observer: HostObserver;
  private readonly nowMs: () => number;
  private usedAtMs: number;
  private ownId: string;
  private implicit: boolean;
  private heldCount = 0;
  private failingSinceMs: number | undefined;
  private toldWaiting = 0;

  constructor(
    readonly provider: LlmProvider,
    { id, policy, observer, nowMs = Date.now }: HostOptions,
  ) {
    this.ownId = id;
    this.implicit = policy.isImplicit ?? false;
    this.observer = observer;
    this.nowMs = nowMs;
    this.usedAtMs = nowMs();
    this.breaker = new HostBreaker(policy.breaker, {
      nowMs,
      onChange: (state) => observer.breakerChanged(this, state),
      onRest: (model, isResting) => observer.modelChanged(this, model, isResting),
    });
    this.queue = new AdmissionQueue(policy, { nowMs, onChange: () => this.tellQueue(), onRoom: () => this.onRoom() });
    this.parked = new ParkedModels(nowMs);
    this.listing = new ProviderListing(provider);
  }

  get id(): string {
    return this.ownId;
  }

  /** See `ProviderPolicy.isImplicit`. */
  get isImplicit(): boolean {
    return this.implicit;
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

  /** It failed last, and nothing has shown since that it is back: others are asked first. */
  get isSuspect(): boolean {
    return this.failingSinceMs !== undefined;
  }

  /** For how long it has failed and nothing else. */
  get failingForMs(): number {
    return this.failingSinceMs === undefined ? 0 : this.nowMs() - this.failingSinceMs;
  }

  /** When a request last told something of it, epoch milliseconds. */
  get lastUsedAtMs(): number {
    return this.usedAtMs;
  }

  /** Takes over another place in the configuration; what runs and waits stays. */
  configure(id: string, policy: ProviderPolicy): void {
    this.ownId = id;
    this.implicit = policy.isImplicit ?? false;
    this.breaker.configure(policy.breaker);
    this.queue.configure(policy);
  }

  /** Why the caller may not ask the model now; undefined: it may, though it may have to wait. No caller: one who had a part in all failures. */
  unavailability(model: string, caller?: string): CandidateUnavailableError | undefined {
    const parkedMs = this.parked.parkedForMs(model);
    if (parkedMs > 0) return this.unavailable(model, 'rate_limit', parkedMs);
    const refusal = this.breaker.refusal(model, caller);
    return refusal && this.unavailable(model, 'breaker_open', refusal.forMs, refusal.rests);
  }

  /** As far as the server has said; the model may come by the first request for it. */
  lacks(model: string): boolean {
    return this.provider.placementOf?.(model) === 'absent';
  }

  /** Resolves once the request may be sent; throws `CandidateUnavailableError`, or the signal's reason. */
  async enter(request: HostRequest): Promise<HostVisit> {
    const { model, caller, signal } = request;
    signal.throwIfAborted();
    const place = this.queue.enterNow() ?? (await this.waitForPlace(request));
    // Much may have happened while it waited.
    const unavailable = this.unavailability(model, caller);
    if (unavailable !== undefined || signal.aborted) place.leave();
    signal.throwIfAborted();
    if (unavailable !== undefined) throw unavailable;
    return new HostVisit(this, request, place);
  }

  answered(): void {
    this.usedAtMs = this.nowMs();
    this.failingSinceMs = undefined;
    this.observer.answered(this);
  }

  broke(message: string): void {
    this.failed();
    this.failingSinceMs ??= this.nowMs();
    this.observer.broke(this, message);
  }

  /** Something failed that does not speak against the server. */
  failed(): void {
    this.usedAtMs = this.nowMs();
  }

  /** Connections of one caller were cut: a ping may show that they work again. */
  cut(): void {
    this.failed();
    this.failingSinceMs ??= this.nowMs();
  }

  /** It has answered a ping, which asks no model: whether it serves again is for a request to show. */
  pingSucceeded(): void {
    this.failingSinceMs = undefined;
    this.breaker.pingSucceeded();
  }

  pingFailed(): void {
    this.failingSinceMs ??= this.nowMs();
    this.breaker.pingFailed();
  }

  private async waitForPlace(request: HostRequest): Promise<AdmissionPlace> {
    try {
      return await this.queue.enter(request);
    } catch (refusal) {
      if (!(refusal instanceof AdmissionRefusal)) throw refusal;
      throw this.unavailable(request.model, refusal.reason, refusal.retryAfterMs);
    }
  }

  /** Most requests do not wait, and change nothing that is told. */
  private tellQueue(): void {
    if (this.queue.waiting === this.toldWaiting) return;
    this.toldWaiting = this.queue.waiting;
    this.observer.queueChanged(this);
  }

  private unavailable(model: string, reason: UnavailableReason, ms: number, rests?: Resting) {
    return new CandidateUnavailableError(`${this.provider.name}/${model}`, reason, ms, rests);
  }
}
