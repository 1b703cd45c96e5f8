import { UpstreamError } from '@mana-llm/llm-providers';
import type { Host } from './host.js';
import { hostVerdict } from '../attempts/host-verdict.js';
import { pingProvider } from './ping-provider.js';
import { type ProviderState, UNKNOWN_STATE } from './provider-state.js';

export const MEMORY_MS = 5_000;
/** Shorter: every second that a server is back and not used, the others have to do without it. */
export const FAILED_MEMORY_MS = 1_000;
/** One request that failed says little; a ping that failed, or this many requests in a row, say enough. */
export const FAILED_REQUESTS_TO_UNHEALTHY = 3;

/**
 * One server's last known state, from pings and from real requests. What a ping has shown is remembered for a
 * while. Its breaker hears of every ping: one that is open lets a request in again when a ping has succeeded.
 */
export class WatchedHost {
  private current: Readonly<ProviderState> = UNKNOWN_STATE;
  private freshUntilMs = 0;
  private flight: Promise<void> | undefined;
  private hasAnswered = false;

  constructor(
    private readonly host: Pick<Host, 'provider' | 'isImplicit' | 'pingSucceeded' | 'pingFailed'>,
    private readonly onChange: (state: Readonly<ProviderState>) => void,
  ) {}

  get state(): Readonly<ProviderState> {
    return this.current;
  }

  /** The state, asked for anew when the remembered one is stale. Callers at the same time share one ping. Never rejects. */
  async check(): Promise<Readonly<ProviderState>> {
    if (Date.now() >= this.freshUntilMs) {
      this.flight ??= this.ping().finally(() => {
        this.flight = undefined;
      });
      await this.flight;
    }
    return this.current;
  }

  recordSuccess(): void {
    this.become({ status: 'healthy', latencyMs: this.current.latencyMs });
  }

  recordFailure(message: string): void {
    const isEnough = this.current.consecutiveFailures + 1 >= FAILED_REQUESTS_TO_UNHEALTHY;
    if (isEnough) {
      this.freshUntilMs = Date.now() + FAILED_MEMORY_MS;
    }
    this.fail(message, isEnough ? 'unhealthy' : this.current.status);
  }

  /** The breaker has opened, or all models in use rest: nothing more is asked of it for now. */
  recordOpen(): void {
    if (this.current.status !== 'unhealthy') this.become({ ...this.current, status: 'unhealthy' });
  }

  private async ping(): Promise<void> {
    try {
      const latencyMs = await pingProvider(this.host.provider);
      this.freshUntilMs = Date.now() + MEMORY_MS;
      this.become({ status: 'healthy', latencyMs });
      this.host.pingSucceeded();
    } catch (error) {
      this.freshUntilMs = Date.now() + FAILED_MEMORY_MS;
      // Only these errors promise a text without addresses and keys.
      this.fail(error instanceof UpstreamError ? error.message : 'The check itself failed.', 'unhealthy');
      this.tellFailure(error);
    }
  }

  /** One that answers works again, even where it refuses what a ping asks: whether it can be used is for requests to show. */
  private tellFailure(error: unknown): void {
    const verdict = hostVerdict(error);
    if (verdict === 'answers') this.host.pingSucceeded();
    else if (verdict !== 'unknown') this.host.pingFailed();
  }

  private fail(lastError: string, status: ProviderState['status']): void {
    const { consecutiveFailures, latencyMs } = this.current;
    this.become({ status, lastError, consecutiveFailures: consecutiveFailures + 1, latencyMs });
  }

  private become(state: Partial<ProviderState> & Pick<ProviderState, 'status'>): void {
    const before = this.current;
    const isUnhealthy = state.status === 'unhealthy';
    if (state.status === 'healthy') this.hasAnswered = true;
    const status = isUnhealthy && this.host.isImplicit && !this.hasAnswered ? 'absent' : state.status;
    const unhealthyUntilMs = isUnhealthy ? this.freshUntilMs : null;
    this.current = { ...UNKNOWN_STATE, lastCheckAtMs: Date.now(), ...state, status, unhealthyUntilMs };
    if (this.current.status !== before.status) {
      this.onChange(this.current);
    }
  }
}
