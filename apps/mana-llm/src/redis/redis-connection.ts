import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { RedisBreaker } from './redis-breaker.js';

const MAX_RECONNECT_MS = 5_000;

export interface RedisStatus {
  /** `absent`: the gateway uses no Redis. */
  status: 'up' | 'degraded' | 'absent';
  reason?: string;
}

/** The one connection to Redis. Code that sends a command asks the breaker first, and tells it how the command ended. */
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

  status(): RedisStatus {
    const reason = this.reads.reason ?? this.writes.reason ?? (this.isReady ? undefined : 'it cannot be reached');
    return reason === undefined ? { status: 'up' } : { status: 'degraded', reason };
  }

  close(): void {
    this.client.disconnect();
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
