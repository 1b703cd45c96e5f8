import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';

const MAX_RECONNECT_MS = 5_000;

export interface RedisStatus {
  /** `absent`: the gateway uses no Redis. */
  status: 'up' | 'degraded' | 'absent';
  reason?: string;
}

/** Failures in a row that open a breaker. */
const FAILURES = 3;
const OPEN_MS = 30_000;

/**
 * A circuit breaker for one kind of command. It opens after several failures in a row: then no command is sent to Redis. When its
 * open time is over, one command is let through and shows whether Redis works again.
 */
export class RedisBreaker {
  private failures = 0;
  private openUntilMs = 0;
  private isProbing = false;
  private lastReason: string | undefined;

  /** `onChange` is told the reason when the breaker opens, and undefined when it closes. */
  constructor(
    private readonly onChange: (reason: string | undefined) => void = () => undefined,
    private readonly nowMs: () => number = Date.now,
  ) {}

  /** Why the breaker is open; undefined while it is closed. */
  get reason(): string | undefined {
    return this.failures >= FAILURES ? this.lastReason : undefined;
  }

  /** Whether a command may be sent now. When the open time is over this is true once, until that command has ended. */
  mayTry(): boolean {
    if (this.failures < FAILURES) return true;
    if (this.isProbing || this.nowMs() < this.openUntilMs) return false;
    this.isProbing = true;
    return true;
  }

  succeeded(): void {
    const wasOpen = this.failures >= FAILURES;
    this.failures = 0;
    this.isProbing = false;
    if (wasOpen) this.onChange(undefined);
  }

  failed(reason: string): void {
    this.failures += 1;
    this.isProbing = false;
    this.lastReason = reason;
    if (this.failures < FAILURES) return;
    this.openUntilMs = this.nowMs() + OPEN_MS;
    if (this.failures === FAILURES) this.onChange(reason);
  }
}

/** The one connection to Redis. */
export class RedisConnection {
  readonly client: Redis;
  /** Reads and writes fail apart: a Redis that is full still answers. */
  readonly reads = new RedisBreaker((reason) => this.log('reads', reason));
  readonly writes = new RedisBreaker((reason) => this.log('writes', reason));
  private readonly logger = new Logger('Redis');

  constructor(
    url: string,
    readonly maxWaitMs: number,
  ) {
    this.client = new Redis(url, {
      maxRetriesPerRequest: 1,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      // Commands of the same turn are sent together, and each fails alone: a value that cannot be read spoils no other.
      enableAutoPipelining: true,
      commandTimeout: maxWaitMs,
      retryStrategy: (times) => Math.min(times * 100, MAX_RECONNECT_MS),
    });
    // Without a listener, a failed connection ends the process. Each command tells its own failure.
    this.client.on('error', () => undefined);
  }

  /** False while there is no connection. The client connects again by itself, so this is nothing that the breaker must know. */
  get isReady(): boolean {
    return this.client.status === 'ready';
  }

  /**
   * Sends a command, and tells the breaker how it ended. Undefined: no command is sent now. It rejects in words without the address
   * of Redis.
   */
  send<T>(kind: 'reads' | 'writes', command: () => Promise<T>): Promise<T> | undefined {
    return this.isReady && this[kind].mayTry() ? this.run(this[kind], command) : undefined;
  }

  status(): RedisStatus {
    const reason = this.reads.reason ?? this.writes.reason ?? (this.isReady ? undefined : 'it cannot be reached');
    return reason === undefined ? { status: 'up' } : { status: 'degraded', reason };
  }

  close(): void {
    this.client.disconnect();
  }

  private async run<T>(breaker: RedisBreaker, command: () => Promise<T>): Promise<T> {
    try {
      const result = await command();
      breaker.succeeded();
      return result;
    } catch (cause) {
      const reason = redisFailure(cause);
      breaker.failed(reason);
      throw new Error(`Redis: ${reason}`, { cause });
    }
  }

  private log(commands: string, reason: string | undefined): void {
    if (reason === undefined) this.logger.log(`Redis works again for ${commands}`);
    else this.logger.warn(`Redis is not used for ${commands} for now: ${reason}`);
  }
}

const REASONS: [RegExp, string][] = [
  [/timed out|ETIMEDOUT/i, 'it does not answer in time'],
  [/^OOM|maxmemory/, 'it is full'],
  [/READONLY|NOREPLICAS|MISCONF/, 'it takes no writes'],
  [/NOAUTH|WRONGPASS|NOPERM/, 'it refuses the credentials'],
  [/LOADING/, 'it is loading its data'],
  [/writeable|closed|ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|retries per request/i, 'it cannot be reached'],
];

/** What is wrong with Redis, in words without its address. */
export function redisFailure(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return REASONS.find(([pattern]) => pattern.test(message))?.[1] ?? 'it fails';
}

/** True where the value is wrong and Redis works: the value is not JSON, or its type is not text. */
export function isUnreadableValue(error: unknown): boolean {
  return error instanceof SyntaxError || (error instanceof Error && error.message.startsWith('WRONGTYPE'));
}
