import type { BreakerPolicy, BreakerState } from './circuit-breaker.js';
import { type BreakerRefusal, ModelBreakers } from './model-breakers.js';
import { type CallerPass, SharedBreaker } from './shared-breaker.js';

export interface HostBreakerOptions {
  nowMs: () => number;
  onChange: (state: BreakerState) => void;
  /** One model begins to rest, or is asked as before. */
  onRest: (model: string, isResting: boolean) => void;
}

/** Leave to send one request. One verdict is told, once; later words of the same pass are ignored. */
export class HostPass {
  private readonly connection: CallerPass | undefined;
  private readonly known: CallerPass | undefined;

  constructor(
    private readonly breaker: HostBreaker,
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

  /** The server answers, and takes the request for wrong. That makes no model known: its name may be wrong too. */
  refused(): void {
    this.connection?.succeeded();
    this.known?.succeeded();
    this.breaker.answered();
  }

  /** There was no connection. */
  unreachable(): void {
    this.connection?.failedForAll();
    this.known?.released();
  }

  /** The connection was cut before the answer. True where that speaks against the server, and not against this caller alone. */
  cut(): boolean {
    this.known?.released();
    return this.connection?.failed() ?? false;
  }

  /** True where that speaks against the server: there is no other model in use, or none that works. */
  modelFailed({ hasAnswered }: { hasAnswered: boolean }): boolean {
    if (hasAnswered) this.connection?.succeeded();
    else this.connection?.released();
    const countsForAll = this.toModelPass()?.failed() ?? false;
    this.breaker.tellState();
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

/** What keeps requests from a server: connections to it that fail, and what fails at its models. */
export class HostBreaker {
  readonly connection: SharedBreaker;
  readonly models: ModelBreakers;
  private toldState: BreakerState = 'closed';

  constructor(
    policy: BreakerPolicy,
    private readonly options: HostBreakerOptions,
  ) {
    const { nowMs, onRest } = options;
    this.connection = new SharedBreaker(policy, { nowMs, onChange: () => this.tellState() });
    this.models = new ModelBreakers(policy, { nowMs, onChange: () => this.tellState(), onRest });
  }

  configure(policy: BreakerPolicy): void {
    this.connection.configure(policy);
    this.models.configure(policy);
  }

  /** For operators. Not closed either while no model in use works, or models that work are left alone because of others. */
  get state(): BreakerState {
    const { state } = this.connection;
    if (state !== 'closed') return state;
    return this.models.serverRefusedForMs() > 0 ? 'open' : this.models.commonState;
  }

  /** Epoch milliseconds; undefined unless it is open. */
  get nextTryAtMs(): number | undefined {
    return this.connection.nextTryAtMs ?? this.models.nextTryAtMs;
  }

  /** Of connections, or of every model in use. */
  get consecutiveFailures(): number {
    return Math.max(this.connection.consecutiveFailures, this.models.commonFailures);
  }

  /** Nothing there can be used. One model that fails beside others that work is not enough. */
  get isDown(): boolean {
    return this.connection.state === 'open' || this.models.commonState === 'open';
  }

  /** Undefined: the caller may ask the model. No caller: one who had a part in all failures. */
  refusal(model: string, caller?: string): BreakerRefusal | undefined {
    const forMs = this.connection.refusedForMs(caller);
    return forMs > 0 ? { rests: 'provider', forMs } : this.models.refusal(model, caller);
  }

  /** For a request that is not refused. */
  enter(model: string, caller: string): HostPass {
    return new HostPass(this, model, caller);
  }

  answered(): void {
    this.models.answered();
    if (this.toldState !== 'closed') this.tellState();
  }

  /** The server can be reached. That says nothing of its models: a ping asks none. */
  pingSucceeded(): void {
    this.connection.pingSucceeded();
  }

  pingFailed(): void {
    this.connection.pingFailed();
  }

  tellState(): void {
    const { state } = this;
    if (state === this.toldState) return;
    this.toldState = state;
    this.options.onChange(state);
  }
}
