import { Logger } from '@nestjs/common';
import { type Cache, type CacheManagerStore, createCache, KeyvAdapter } from 'cache-manager';
import { redisInsStore } from 'cache-manager-ioredis-yet';
import { Redis } from 'ioredis';
import { Keyv } from 'keyv';
import type { CacheCounts } from './cache-counts.js';
import { Patience } from './patience.js';
import { isGarbage, redisFailure } from './redis-failure.js';

const MAX_PENDING_WRITES = 1_000;
const MAX_PENDING_BYTES = 16 * 1024 * 1024;
const MAX_RECONNECT_MS = 5_000;
const LATE = Symbol('late');

export interface RedisStatus {
  status: 'up' | 'degraded' | 'absent';
  reason?: string;
}

function connect(url: string, maxWaitMs: number): Redis {
  const client = new Redis(url, {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // The items of a batch are asked for one by one and go out together: one that cannot be read leaves the others alone.
    enableAutoPipelining: true,
    commandTimeout: maxWaitMs,
    retryStrategy: (times) => Math.min(times * 100, MAX_RECONNECT_MS),
  });
  // Without a listener a failed connection ends the process; what fails is noticed where it is asked.
  client.on('error', () => undefined);
  return client;
}

/**
 * The answers that gateways share. Nothing here rejects, a lookup takes `maxWaitMs` at most, and writes are not waited for. Reads
 * and writes fail apart: a full Redis still answers.
 */
export class RedisLayer {
  private readonly logger = new Logger('Redis');
  private readonly client: Redis;
  private readonly cache: Cache;
  private readonly reads = new Patience((reason) => this.tell('reads', reason));
  private readonly writes = new Patience((reason) => this.tell('writes', reason));
  private failedReads = 0;
  private pending = { writes: 0, bytes: 0 };

  constructor(
    url: string,
    private readonly maxWaitMs: number,
    private readonly counts: CacheCounts,
  ) {
    this.client = connect(url, maxWaitMs);
    const store = redisInsStore(this.client as never) as unknown as CacheManagerStore;
    const keyv = new Keyv({ store: new KeyvAdapter(store), useKeyPrefix: false, throwOnErrors: true });
    keyv.on('error', () => undefined);
    this.cache = createCache({ stores: [keyv] });
    // cache-manager swallows errors and tells them by its events alone.
    this.cache.on('get', ({ key, error }) => {
      if (error !== undefined) this.readFailed(key, error);
    });
  }

  status(): RedisStatus {
    const reason =
      this.reads.reason ?? this.writes.reason ?? (this.client.status === 'ready' ? undefined : 'it cannot be reached');
    return reason === undefined ? { status: 'up' } : { status: 'degraded', reason };
  }

  async get(key: string): Promise<string | undefined> {
    // A client that has no connection fails at once, and tries to get one by itself: that is no reason to leave it alone.
    if (this.client.status !== 'ready' || !this.reads.mayTry()) {
      this.counts.cacheLookup({ layer: 'redis', outcome: 'skipped' });
      return undefined;
    }
    const startedAtMs = performance.now();
    const failedBefore = this.failedReads;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<typeof LATE>((resolve) => {
      timer = setTimeout(() => resolve(LATE), this.maxWaitMs + 10);
    });
    const text = await Promise.race([this.cache.get(key), late]);
    clearTimeout(timer);
    this.counts.cacheWaited({ seconds: (performance.now() - startedAtMs) / 1000 });
    if (text === LATE) this.readFailed(key, new Error('timed out'));
    // Nothing, beside a failure: which of the lookups at this time has failed, the events alone know.
    else if (text === undefined && this.failedReads !== failedBefore) return undefined;
    else this.readSucceeded(text);
    return typeof text === 'string' ? text : undefined;
  }

  set(key: string, text: string, ttlMs: number): void {
    const isFull = this.pending.writes >= MAX_PENDING_WRITES || this.pending.bytes + text.length > MAX_PENDING_BYTES;
    if (isFull || this.client.status !== 'ready' || !this.writes.mayTry())
      return this.counts.cacheWritten({ layer: 'redis', outcome: 'dropped' });
    this.pending.writes += 1;
    this.pending.bytes += text.length;
    void this.write(key, text, ttlMs).finally(() => {
      this.pending.writes -= 1;
      this.pending.bytes -= text.length;
    });
  }

  delete(key: string): void {
    this.cache.del(key).catch(() => undefined);
  }

  close(): void {
    this.client.disconnect();
  }

  private async write(key: string, text: string, ttlMs: number): Promise<void> {
    try {
      await this.cache.set(key, text, ttlMs);
      this.writes.succeed();
      this.counts.cacheWritten({ layer: 'redis', outcome: 'stored' });
    } catch (error) {
      this.writes.fail(redisFailure(error));
      this.counts.cacheWritten({ layer: 'redis', outcome: 'error' });
    }
  }

  private readSucceeded(text: unknown): void {
    this.reads.succeed();
    this.counts.cacheLookup({ layer: 'redis', outcome: typeof text === 'string' ? 'hit' : 'miss' });
  }

  private readFailed(key: string, error: unknown): void {
    this.failedReads += 1;
    this.counts.cacheLookup({ layer: 'redis', outcome: 'error' });
    if (!isGarbage(error)) return this.reads.fail(redisFailure(error));
    // Redis itself has answered: a try after a pause ends well, too.
    this.reads.succeed();
    this.delete(key);
  }

  private tell(what: string, reason: string | undefined): void {
    if (reason === undefined) this.logger.log(`Redis is back for ${what}`);
    else this.logger.warn(`Redis is left alone for ${what}: ${reason}`);
  }
}
