import type { BreakerScope } from './unavailability.js';
import type { BreakerPolicy, BreakerState } from './circuit-breaker.js';
import { type CallerPass, SharedBreaker } from './shared-breaker.js';

/** Names of models come from clients: without bounds they fill the memory. */
const MAX_MODELS = 500;
const MAX_NAME_LENGTH = 256;
/** Those share a breaker. */
const LONG_NAME = `a name of more than ${MAX_NAME_LENGTH} characters`;
/**
 * A model is in use that was asked within so many open times. An unavailable one is asked once in each, so it stays in use while
 * requests come for it; without requests it does not count for long.
 */
const USE_IN_OPEN_TIMES = 10;

export interface ModelBreakersOptions {
  nowMs: () => number;
  /** The state of a model has changed. */
  onChange: () => void;
  /** The model becomes unavailable, or is asked as before. Called once for each, however often a probe fails in between. */
  onModelChange: (model: string, isUnavailable: boolean) => void;
}

export interface BreakerRefusal {
  scope: BreakerScope;
  forMs: number;
}

export interface UnavailableModel {
  model: string;
  nextTryAtMs: number;
}

const keyOf = (model: string): string => (model.length > MAX_NAME_LENGTH ? LONG_NAME : model);

/**
 * The breakers of the models at one endpoint. One that fails is unavailable alone. Once two of them and half of those in use are, the
 * fault is taken for the endpoint's: all others are refused for one open time too, or until any model there answers. That is for callers
 * with a part in those failures, as with each model.
 */
export class ModelBreakers {
  private readonly breakers = new Map<string, SharedBreaker>();
  /** Those that are open or half-open. */
  private readonly unavailable = new Map<string, SharedBreaker>();
  /** When the newest of them became unavailable; undefined: something has answered since. */
  private unavailableSinceMs: number | undefined;

  constructor(
    private policy: BreakerPolicy,
    private readonly options: ModelBreakersOptions,
  ) {}

  configure(policy: BreakerPolicy): void {
    this.policy = policy;
    for (const breaker of this.breakers.values()) breaker.configure(policy);
  }

  /** Undefined: the caller may ask the model. No caller: one who had a part in all failures. */
  refusal(model: string, caller?: string): BreakerRefusal | undefined {
    const key = keyOf(model);
    const modelMs = this.breakers.get(key)?.refusedForMs(caller) ?? 0;
    if (modelMs > 0) return { scope: 'model', forMs: modelMs };
    // A model whose own time is over may show that the endpoint is back.
    const endpointMs = this.unavailable.has(key) ? 0 : this.endpointRefusedForMs(caller);
    return endpointMs > 0 ? { scope: 'provider', forMs: endpointMs } : undefined;
  }

  /** Undefined where nothing is known of the model, or where it is refused. */
  tryEnter(model: string, caller: string): CallerPass | undefined {
    return this.breakers.get(keyOf(model))?.tryEnter(caller);
  }

  /** As `tryEnter`, for a model of which something becomes known now. */
  enterKnown(model: string, caller: string): CallerPass | undefined {
    const key = keyOf(model);
    return (this.breakers.get(key) ?? this.add(key)).tryEnter(caller);
  }

  /** A request to the endpoint was answered, whatever its model. */
  answered(): void {
    this.unavailableSinceMs = undefined;
  }

  /** For how long models are refused whose own breakers are closed; 0: they are not. */
  endpointRefusedForMs(caller?: string): number {
    if (this.unavailableSinceMs === undefined || this.unavailable.size < 2) return 0;
    const leftMs = this.unavailableSinceMs + this.policy.openMs - this.options.nowMs();
    if (leftMs <= 0) return 0;
    const inUse = this.inUse();
    const unavailable = inUse.filter(({ state }) => state !== 'closed');
    if (unavailable.length < 2 || unavailable.length * 2 < inUse.length) return 0;
    if (caller !== undefined && !unavailable.some((breaker) => breaker.blames(caller))) return 0;
    return leftMs;
  }

  /** What all models in use have in common: closed as soon as one of them works. */
  get commonState(): BreakerState {
    if (this.unavailable.size === 0) return 'closed';
    const states = this.inUse().map(({ state }) => state);
    if (states.length === 0 || states.includes('closed')) return 'closed';
    return states.includes('half_open') ? 'half_open' : 'open';
  }

  /** After a failure: no model in use is known to work. */
  get isNoneFine(): boolean {
    return this.commonState !== 'closed' || this.inUse().length === 1;
  }

  /** When a request is let in that is refused now, whatever its model; undefined: one may be let in. */
  get nextTryAtMs(): number | undefined {
    const refusedMs = this.endpointRefusedForMs();
    if (refusedMs > 0) return this.options.nowMs() + refusedMs;
    return this.commonState === 'open'
      ? Math.min(...this.unavailableModels().map(({ nextTryAtMs }) => nextTryAtMs))
      : undefined;
  }

  /** The models that callers with a part in their failures may not ask now, in the order in which they became unavailable. */
  unavailableModels(): UnavailableModel[] {
    return [...this.unavailable].flatMap(([model, { nextTryAtMs }]) =>
      nextTryAtMs === undefined ? [] : [{ model, nextTryAtMs }],
    );
  }

  private inUse(): SharedBreaker[] {
    const sinceMs = this.options.nowMs() - USE_IN_OPEN_TIMES * this.policy.openMs;
    return [...this.breakers.values()].filter(({ heardAtMs }) => heardAtMs > sinceMs);
  }

  private add(key: string): SharedBreaker {
    const { nowMs } = this.options;
    const breaker: SharedBreaker = new SharedBreaker(this.policy, {
      nowMs,
      onChange: (state) => this.changed(key, breaker, state),
    });
    this.breakers.set(key, breaker);
    if (this.breakers.size > MAX_MODELS) this.forgetOne();
    return breaker;
  }

  private changed(key: string, breaker: SharedBreaker, state: BreakerState): void {
    // A request may have been under way while its model was forgotten.
    if (this.breakers.get(key) !== breaker) return;
    const { onChange, onModelChange, nowMs } = this.options;
    const wasUnavailable = this.unavailable.has(key);
    if (state === 'closed') {
      this.unavailable.delete(key);
    } else if (!wasUnavailable) {
      this.unavailable.set(key, breaker);
      this.unavailableSinceMs = nowMs();
    }
    onChange();
    if (wasUnavailable === (state === 'closed')) onModelChange(key, !wasUnavailable);
  }

  /** The one that was heard of longest ago. The new one has not been heard of yet. */
  private forgetOne(): void {
    let [oldest, oldestMs] = ['', Infinity];
    for (const [key, { heardAtMs }] of this.breakers) {
      if (heardAtMs > -Infinity && heardAtMs < oldestMs) [oldest, oldestMs] = [key, heardAtMs];
    }
    this.breakers.delete(oldest);
    this.unavailable.delete(oldest);
  }
}
