import type { LlmProvider } from '@mana-llm/llm-providers';
import type { ProviderPolicy } from '../config/configuration.js';
import { AdmissionQueue, AdmissionRefusal, type AdmissionRequest } from './admission-queue.js';
import { CandidateUnavailableError } from './candidate-unavailable-error.js';
import { type BreakerState, CircuitBreaker } from './circuit-breaker.js';
import { HostVisit } from './host-visit.js';
import { ParkedModels } from './parked-models.js';

/** Hears what becomes of a server. */
export interface HostObserver {
  breakerChanged(host: Host, state: BreakerState): void;
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

/** One server of a provider: whether it works, which of its models rest, who runs there and who waits. */
export class Host {
  readonly breaker: CircuitBreaker;
  readonly queue: AdmissionQueue<HostRequest>;
  /** Called when a place has come free for which nobody waits here: others of the same provider may have somebody. */
  onRoom: () => void = () => undefined;
  readonly parked: ParkedModels;
  private readonly observer: HostObserver;
  private readonly nowMs: () => number;
  private usedAtMs: number;
  private ownId: string;
  private heldCount = 0;
  private failingSinceMs: number | undefined;
  private toldWaiting = 0;

  constructor(
    readonly provider: LlmProvider,
    { id, policy, observer, nowMs = Date.now }: HostOptions,
  ) {
    this.ownId = id;
    this.observer = observer;
    this.nowMs = nowMs;
    this.usedAtMs = nowMs();
    this.breaker = new CircuitBreaker(policy.breaker, {
      nowMs,
      onChange: (state) => observer.breakerChanged(this, state),
    });
    this.queue = new AdmissionQueue(policy, { nowMs, onChange: () => this.tellQueue(), onRoom: () => this.onRoom() });
    this.parked = new ParkedModels(nowMs);
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
    this.breaker.configure(policy.breaker);
    this.queue.configure(policy);
  }

  /** Why no request for the model may be sent now; undefined: one may, though it may have to wait. */
  unavailability(model: string): CandidateUnavailableError | undefined {
    const parkedMs = this.parked.parkedForMs(model);
    if (parkedMs > 0) return this.unavailable(model, 'rate_limit', parkedMs);
    if (this.breaker.canEnter) return undefined;
    return this.unavailable(model, 'breaker_open', this.untilNextTryMs());
  }

  /** As far as the server has said; the model may come by the first request for it. */
  lacks(model: string): boolean {
    return this.provider.placementOf?.(model) === 'absent';
  }

  /** Resolves once the request may be sent; throws `CandidateUnavailableError`, or the signal's reason. */
  async enter(request: HostRequest): Promise<HostVisit> {
    const { model, signal } = request;
    const place = await this.queue.enter(request).catch((refusal: unknown) => {
      if (!(refusal instanceof AdmissionRefusal)) throw refusal;
      throw this.unavailable(model, refusal.reason, refusal.retryAfterMs);
    });
    // Much may have happened while it waited.
    const unavailable = this.unavailability(model);
    const pass = unavailable === undefined && !signal.aborted ? this.breaker.tryEnter() : undefined;
    if (pass === undefined) {
      place.leave();
      signal.throwIfAborted();
      throw unavailable ?? this.unavailable(model, 'breaker_open', this.untilNextTryMs());
    }
    return new HostVisit(this, model, pass, place, signal);
  }

  answered(): void {
    this.usedAtMs = this.nowMs();
    this.failingSinceMs = undefined;
    this.observer.answered(this);
  }

  broke(message: string): void {
    this.usedAtMs = this.nowMs();
    this.failingSinceMs ??= this.nowMs();
    this.observer.broke(this, message);
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

  /** Most requests do not wait, and change nothing that is told. */
  private tellQueue(): void {
    if (this.queue.waiting === this.toldWaiting) return;
    this.toldWaiting = this.queue.waiting;
    this.observer.queueChanged(this);
  }

  private untilNextTryMs(): number {
    // Half-open: the probe that is out decides soon.
    return Math.max(1_000, (this.breaker.nextTryAtMs ?? 0) - this.nowMs());
  }

  private unavailable(model: string, reason: CandidateUnavailableError['reason'], ms: number) {
    return new CandidateUnavailableError(`${this.provider.name}/${model}`, reason, ms);
  }
}
