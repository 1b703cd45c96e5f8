import { LRUCache } from 'lru-cache';
import type { RedisConnection } from '../redis/redis-connection.js';
import { redisFailure } from '../redis/redis-connection.js';

/** Texts by key, each kept for a time. What cannot be read or written rejects. */
export interface ResponseTexts {
  get(key: string): Promise<string | undefined>;
  set(key: string, text: string): Promise<void>;
  /** Whether there was one. */
  delete(key: string): Promise<boolean>;
}

/** What an entry takes beside its text. */
const ENTRY_BYTES = 300;

/** In the memory of this process: those that were used longest ago go first. */
export class MemoryTexts implements ResponseTexts {
  private readonly texts: LRUCache<string, string>;

  constructor(maxBytes: number, ttlMs: number) {
    this.texts = new LRUCache({
      maxSize: maxBytes,
      ttl: ttlMs,
      sizeCalculation: (text) => ENTRY_BYTES + Buffer.byteLength(text),
    });
  }

  get(key: string): Promise<string | undefined> {
    return Promise.resolve(this.texts.get(key));
  }

  set(key: string, text: string): Promise<void> {
    this.texts.set(key, text);
    return Promise.resolve();
  }

  delete(key: string): Promise<boolean> {
    return Promise.resolve(this.texts.delete(key));
  }
}

const PREFIX = 'mana-llm:response:';

/** In Redis, where every gateway finds them. */
export class RedisTexts implements ResponseTexts {
  constructor(
    private readonly redis: RedisConnection,
    private readonly ttlMs: number,
  ) {}

  async get(key: string): Promise<string | undefined> {
    return (await this.run('reads', () => this.redis.client.get(PREFIX + key))) ?? undefined;
  }

  async set(key: string, text: string): Promise<void> {
    await this.run('writes', () => this.redis.client.set(PREFIX + key, text, 'PX', this.ttlMs));
  }

  async delete(key: string): Promise<boolean> {
    return (await this.run('writes', () => this.redis.client.del(PREFIX + key))) > 0;
  }

  private async run<T>(kind: 'reads' | 'writes', command: () => Promise<T>): Promise<T> {
    const breaker = this.redis[kind];
    if (!this.redis.isReady || !breaker.mayTry()) throw new Error('Redis: it cannot be reached');
    try {
      const result = await command();
      breaker.succeeded();
      return result;
    } catch (error) {
      const reason = redisFailure(error);
      breaker.failed(reason);
      // Its own words may have the address.
      throw new Error(`Redis: ${reason}`, { cause: error });
    }
  }
}
