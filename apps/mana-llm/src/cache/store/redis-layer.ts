import { type Cache, type CacheManagerStore, createCache, KeyvAdapter } from 'cache-manager';
import { redisInsStore } from 'cache-manager-ioredis-yet';
import { Keyv } from 'keyv';
import { type GatewayMetrics, secondsSince } from '../../metrics/gateway-metrics.js';
import {
  isUnreadableValue,
  type RedisConnection,
  redisFailure,
  type RedisStatus,
} from '../../redis/redis-connection.js';

const MAX_PENDING_WRITES = 1_000;
const MAX_PENDING_BYTES = 16 * 1024 * 1024;
const LATE = Symbol('late');

/** The answers that several gateways share in Redis. Nothing here rejects, a lookup has a time limit, and no caller waits for writes. */
export class RedisLayer {
  private readonly cache: Cache;
  private failedReads = 0;
  private pending = { writes: 0, bytes: 0 };

  constructor(
    private readonly redis: RedisConnection,
    private readonly metrics: Pick<GatewayMetrics, 'cacheLookup' | 'cacheWaited' | 'cacheWritten'>,
  ) {
    const store = redisInsStore(redis.client as never) as unknown as CacheManagerStore;
    const keyv = new Keyv({ store: new KeyvAdapter(store), useKeyPrefix: false, throwOnErrors: true });
    keyv.on('error', () => undefined);
    this.cache = createCache({ stores: [keyv] });
    // cache-manager swallows errors of reads: only its events tell them.
    this.cache.on('get', ({ key, error }) => {
      if (error !== undefined) this.readFailed(key, error);
    });
  }

  status(): RedisStatus {
    return this.redis.status();
  }

  async get(key: string): Promise<string | undefined> {
    if (!this.redis.isReady || !this.redis.reads.mayTry()) {
      this.metrics.cacheLookup({ layer: 'redis', outcome: 'skipped' });
      return undefined;
    }
    const startedAtMs = performance.now();
    const failedBefore = this.failedReads;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<typeof LATE>((resolve) => {
      timer = setTimeout(() => resolve(LATE), this.redis.maxWaitMs + 10);
    });
    const text = await Promise.race([this.cache.get(key), late]);
    clearTimeout(timer);
    this.metrics.cacheWaited({ seconds: secondsSince(startedAtMs) });
    if (text === LATE) this.readFailed(key, new Error('timed out'));
    // No value, and a read has failed meanwhile: only the events know which read it was.
    else if (text === undefined && this.failedReads !== failedBefore) return undefined;
    else this.readSucceeded(text);
    return typeof text === 'string' ? text : undefined;
  }

  set(key: string, text: string, ttlMs: number): void {
    const isFull = this.pending.writes >= MAX_PENDING_WRITES || this.pending.bytes + text.length > MAX_PENDING_BYTES;
    const written = isFull ? undefined : this.redis.send('writes', () => this.cache.set(key, text, ttlMs));
    if (written === undefined) return this.metrics.cacheWritten({ layer: 'redis', outcome: 'dropped' });
    this.pending.writes += 1;
    this.pending.bytes += text.length;
    const ended = (outcome: 'stored' | 'error') => (): void => {
      this.pending.writes -= 1;
      this.pending.bytes -= text.length;
      this.metrics.cacheWritten({ layer: 'redis', outcome });
    };
    void written.then(ended('stored'), ended('error'));
  }

  delete(key: string): void {
    this.cache.del(key).catch(() => undefined);
  }

  private readSucceeded(text: unknown): void {
    this.redis.reads.succeeded();
    this.metrics.cacheLookup({ layer: 'redis', outcome: typeof text === 'string' ? 'hit' : 'miss' });
  }

  private readFailed(key: string, error: unknown): void {
    this.failedReads += 1;
    this.metrics.cacheLookup({ layer: 'redis', outcome: 'error' });
    if (!isUnreadableValue(error)) return this.redis.reads.failed(redisFailure(error));
    // Redis itself has answered: the breaker counts a success.
    this.redis.reads.succeeded();
    this.delete(key);
  }
}
