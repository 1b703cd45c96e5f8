import type { BreakerPolicy, BreakerState } from './circuit-breaker.js';
import { type BreakerRefusal, ModelBreakers, type UnavailableModel } from './model-breakers.js';
import { type CallerPass, SharedBreaker } from './shared-breaker.js';

/** The right to send one request. It hears one verdict, once; what it hears later is ignored. */
export interface EndpointPass {
  /** A long answer has begun. */
  begun(): void;
  succeeded(): void;
  /** The endpoint answers, and the request is wrong. */
  refused(): void;
  /** There was no connection. */
  unreachable(): void;
  /** The connection was cut before the answer. True where that speaks against the endpoint, and not against this caller alone. */
  cut(): boolean;
  /** True where that speaks against the endpoint: there is no other model in use, or none that works. */
  modelFailed(options: { hasAnswered: boolean }): boolean;
  /** No verdict: the caller left, or was at fault. */
  released(): void;
}

/** What keeps requests from an endpoint: connections to it that fail, and what fails at its models. Reads cost no waiting. */
export interface EndpointBreaker {
  configure(policy: BreakerPolicy): void;
  /** For operators. */
  readonly state: BreakerState;
  /** Epoch milliseconds; undefined unless it is open. */
  readonly nextTryAtMs: number | undefined;
  /** Nothing there can be used. One model that fails beside others that work is not enough. */
  readonly isDown: boolean;
  /** Undefined: the caller may ask the model. No caller: one who had a part in all failures. */
  refusal(model: string, caller?: string): BreakerRefusal | undefined;
  /** For a request that is not refused. */
  enter(model: string, caller: string): EndpointPass;
  /** See `ModelBreakers.unavailableModels`. */
  unavailableModels(): UnavailableModel[];
  /** The endpoint can be reached. */
  pingSucceeded(): void;
  pingFailed(): void;
}

export interface EndpointBreakerOptions {
  nowMs: () => number;
  onChange: (state: BreakerState) => void;
  /** One model becomes unavailable, or is asked as before. */
  onModelChange: (model: string, isUnavailable: boolean) => void;
}

class MemoryPass implements EndpointPass {
  private readonly connection: CallerPass | undefined;
  private readonly known: CallerPass | undefined;

  constructor(
    private readonly breaker: MemoryEndpointBreaker,
    private readonly model: string,
    private readonly caller: string,
  ) {
    this.connection = breaker.connection.tryEnter(caller);
    this.known = breaker.models.tryEnter(model, caller);
  }

  begun(): void {
    this.connection?.begun();
    this.known?.begun();
  }

  succeeded(): void {
    this.connection?.succeeded();
    this.toModelPass()?.succeeded();
    this.breaker.answered();
  }

  /** That makes no model known: its name may be wrong too. */
  refused(): void {
    this.connection?.succeeded();
    this.known?.succeeded();
    this.breaker.answered();
  }

  unreachable(): void {
    this.connection?.failedForAll();
    this.known?.released();
  }

  cut(): boolean {
    this.known?.released();
    return this.connection?.failed() ?? false;
  }

  modelFailed({ hasAnswered }: { hasAnswered: boolean }): boolean {
    if (hasAnswered) this.connection?.succeeded();
    else this.connection?.released();
    const countsForAll = this.toModelPass()?.failed() ?? false;
    this.breaker.reportState();
    return countsForAll && this.breaker.models.isNoneFine;
  }

  released(): void {
    this.connection?.released();
    this.known?.released();
  }

  private toModelPass(): CallerPass | undefined {
    return this.known ?? this.breaker.models.enterKnown(this.model, this.caller);
  }
}

export class MemoryEndpointBreaker implements EndpointBreaker {
  readonly connection: SharedBreaker;
  readonly models: ModelBreakers;
  private reportedState: BreakerState = 'closed';

  constructor(
    policy: BreakerPolicy,
    private readonly options: EndpointBreakerOptions,
  ) {
    const { nowMs, onModelChange } = options;
    this.connection = new SharedBreaker(policy, { nowMs, onChange: () => this.reportState() });
    this.models = new ModelBreakers(policy, { nowMs, onChange: () => this.reportState(), onModelChange });
  }

  configure(policy: BreakerPolicy): void {
    this.connection.configure(policy);
    this.models.configure(policy);
  }

  /** Not closed either while no model in use works, or while models that work are refused because of others. */
  get state(): BreakerState {
    const { state } = this.connection;
    if (state !== 'closed') return state;
    return this.models.endpointRefusedForMs() > 0 ? 'open' : this.models.commonState;
  }

  get nextTryAtMs(): number | undefined {
    return this.connection.nextTryAtMs ?? this.models.nextTryAtMs;
  }

  get isDown(): boolean {
    return this.connection.state === 'open' || this.models.commonState === 'open';
  }

  refusal(model: string, caller?: string): BreakerRefusal | undefined {
    const forMs = this.connection.refusedForMs(caller);
    return forMs > 0 ? { scope: 'provider', forMs } : this.models.refusal(model, caller);
  }

  enter(model: string, caller: string): EndpointPass {
    return new MemoryPass(this, model, caller);
  }

  unavailableModels(): UnavailableModel[] {
    return this.models.unavailableModels();
  }

  answered(): void {
    this.models.answered();
    if (this.reportedState !== 'closed') this.reportState();
  }

  /** That says nothing of its models: a ping asks none. */
  pingSucceeded(): void {
    this.connection.pingSucceeded();
  }

  pingFailed(): void {
    this.connection.pingFailed();
  }

  reportState(): void {
    const { state } = this;
    if (state === this.reportedState) return;
    this.reportedState = state;
    this.options.onChange(state);
  }
}
