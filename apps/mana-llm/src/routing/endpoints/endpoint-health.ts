import { type LlmProvider, SingleFlight, UpstreamError } from '@mana-llm/llm-providers';
import { failureOf } from '../attempts/failures.js';
import type { EndpointBreaker } from './endpoint-breaker.js';
import { pingProvider } from './ask-provider.js';

export type ProviderStatus = 'healthy' | 'unhealthy' | 'unknown' | 'absent';

export interface ProviderState {
  /** `unknown` before the first request or ping; `absent`: no setting names it, and it has never answered. */
  status: ProviderStatus;
  /** Of the last check; null while there was none that succeeded. */
  latencyMs: number | null;
  /** Requests and pings in a row that have failed and speak against the endpoint. */
  consecutiveFailures: number;
  lastError: string | null;
  /** When a request or a ping last said something of it. */
  lastCheckAtMs: number | null;
  /** When an unhealthy provider is asked again at the earliest. */
  unhealthyUntilMs: number | null;
}

export const UNKNOWN_STATE: Readonly<ProviderState> = {
  status: 'unknown',
  latencyMs: null,
  consecutiveFailures: 0,
  lastError: null,
  lastCheckAtMs: null,
  unhealthyUntilMs: null,
};

/** The best state that one of its endpoints has is the state of a provider. */
const PREFERENCE: readonly ProviderStatus[] = ['healthy', 'unknown', 'unhealthy', 'absent'];

/** The state of a provider from those of its endpoints: it works while one of them does. */
export function mergeStates(states: readonly Readonly<ProviderState>[]): Readonly<ProviderState> {
  for (const status of PREFERENCE) {
    const best = states.find((state) => state.status === status);
    if (best !== undefined) return best;
  }
  return UNKNOWN_STATE;
}

export const MEMORY_MS = 5_000;
/** Shorter: while an endpoint is back and not used, the others have to do its work. */
export const FAILED_MEMORY_MS = 1_000;
/** One failed request says little. A failed ping, or so many failed requests in a row, say enough. */
export const FAILED_REQUESTS_TO_UNHEALTHY = 3;

export interface EndpointHealthOptions {
  provider: LlmProvider;
  breaker: Pick<EndpointBreaker, 'isDown' | 'pingSucceeded' | 'pingFailed'>;
  nowMs: () => number;
  /** The status has changed. */
  onChange: () => void;
}

/**
 * All that is known of one endpoint, from pings and from real requests: for operators, for the order in which endpoints are asked and
 * for the pings. What a ping has shown is remembered for a while. The breaker hears of every ping: one that is open lets a request in
 * again when a ping has succeeded.
 */
export class EndpointHealth {
  /** See `ProviderPolicy.isImplicit`. */
  isImplicit = false;
  private readonly known: ProviderState = { ...UNKNOWN_STATE };
  private usedAtMs: number;
  private failingSinceMs: number | undefined;
  private freshUntilMs = 0;
  private readonly pinging = new SingleFlight(() => this.ping());
  private hasAnswered = false;

  constructor(private readonly options: EndpointHealthOptions) {
    this.usedAtMs = options.nowMs();
  }

  /** Of this moment: it does not change any more. */
  get state(): Readonly<ProviderState> {
    return { ...this.known };
  }

  /** It failed last, and nothing has shown since that it is back: others are asked first. */
  get isSuspect(): boolean {
    return this.failingSinceMs !== undefined;
  }

  /** For how long it has failed and nothing else. */
  get failingForMs(): number {
    return this.failingSinceMs === undefined ? 0 : this.options.nowMs() - this.failingSinceMs;
  }

  /** When a request last said something of it, epoch milliseconds. */
  get lastUsedAtMs(): number {
    return this.usedAtMs;
  }

  /** The state, after a ping where the remembered one is stale. Callers at the same time share one ping. Never rejects. */
  async check(): Promise<Readonly<ProviderState>> {
    if (this.options.nowMs() >= this.freshUntilMs) await this.pinging.join();
    return this.state;
  }

  /** A request was answered. */
  answered(): void {
    this.used();
    this.failingSinceMs = undefined;
    // What was sent before the breaker opened may still be answered.
    if (this.options.breaker.isDown) this.opened();
    else this.works(this.known.latencyMs);
  }

  /** A request has failed, and that speaks against the endpoint. `message` is fit for operators and clients. */
  broke(message: string): void {
    this.used();
    this.failingSinceMs ??= this.usedAtMs;
    const isEnough = this.known.consecutiveFailures + 1 >= FAILED_REQUESTS_TO_UNHEALTHY;
    if (isEnough) this.freshUntilMs = this.usedAtMs + FAILED_MEMORY_MS;
    this.fails(message, isEnough ? 'unhealthy' : this.known.status);
    if (this.options.breaker.isDown) this.opened();
  }

  /** A request was sent. What has become of it does not speak for the endpoint or against it. */
  used(): void {
    this.usedAtMs = this.options.nowMs();
  }

  /** Connections of one caller were cut: a ping may show that they work again. */
  cut(): void {
    this.used();
    this.failingSinceMs ??= this.usedAtMs;
  }

  /** It has answered a ping, which asks no model: whether it serves again is for a request to show. */
  pingSucceeded(): void {
    this.failingSinceMs = undefined;
    this.options.breaker.pingSucceeded();
  }

  pingFailed(): void {
    this.failingSinceMs ??= this.options.nowMs();
    this.options.breaker.pingFailed();
  }

  private async ping(): Promise<void> {
    const { provider, nowMs } = this.options;
    try {
      const latencyMs = await pingProvider(provider);
      this.freshUntilMs = nowMs() + MEMORY_MS;
      this.works(latencyMs);
      this.pingSucceeded();
    } catch (error) {
      this.freshUntilMs = nowMs() + FAILED_MEMORY_MS;
      // Only these errors promise a text without addresses and keys.
      this.fails(error instanceof UpstreamError ? error.message : 'The check itself failed.', 'unhealthy');
      const { verdict } = failureOf(error);
      // An endpoint that answers works again, even where it refuses what a ping asks: a request will show whether it can be used.
      if (verdict === 'answers') this.pingSucceeded();
      else if (verdict !== 'unknown') this.pingFailed();
    }
  }

  /** The breaker is open, or all models in use are unavailable: nothing more is asked of it for now. */
  private opened(): void {
    if (this.known.status !== 'unhealthy') this.become('unhealthy');
  }

  private works(latencyMs: number | null): void {
    this.hasAnswered = true;
    this.known.latencyMs = latencyMs;
    this.known.consecutiveFailures = 0;
    this.known.lastError = null;
    this.known.lastCheckAtMs = this.options.nowMs();
    this.become('healthy');
  }

  private fails(message: string, status: ProviderStatus): void {
    this.known.consecutiveFailures += 1;
    this.known.lastError = message;
    this.known.lastCheckAtMs = this.options.nowMs();
    this.become(status);
  }

  private become(status: ProviderStatus): void {
    const { known } = this;
    const before = known.status;
    known.status = status === 'unhealthy' && this.isImplicit && !this.hasAnswered ? 'absent' : status;
    known.unhealthyUntilMs = status === 'unhealthy' ? this.freshUntilMs : null;
    if (known.status !== before) this.options.onChange();
  }
}
