import { LRUCache } from 'lru-cache';
import type { RedisConnection } from '../redis/redis-connection.js';
import { redisFailure } from '../redis/redis-connection.js';

/** Texts by owner and key, each kept for a time. What cannot be read or written rejects. */
export interface ResponseTexts {
  get(key: string, owner: string): Promise<string | undefined>;
  set(key: string, text: string, owner: string): Promise<void>;
  /** Whether there was one. */
  delete(key: string, owner: string): Promise<boolean>;
}

/** What an entry takes beside its text. */
const ENTRY_BYTES = 300;

type Texts = LRUCache<string, string>;

/**
 * In the memory of this process. Where there is no more room, the owner that has most of it loses the text that it used longest
 * ago: nobody can push the texts of others out.
 */
export class MemoryTexts implements ResponseTexts {
  private readonly owners = new Map<string, Texts>();

  constructor(
    private readonly maxBytes: number,
    private readonly ttlMs: number,
  ) {}

  get(key: string, owner: string): Promise<string | undefined> {
    return Promise.resolve(this.owners.get(owner)?.get(key));
  }

  set(key: string, text: string, owner: string): Promise<void> {
    const texts = this.owners.get(owner) ?? this.begin(owner);
    texts.set(key, text);
    while (this.bytes() > this.maxBytes) this.largest()?.pop();
    return Promise.resolve();
  }

  delete(key: string, owner: string): Promise<boolean> {
    return Promise.resolve(this.owners.get(owner)?.delete(key) ?? false);
  }

  private begin(owner: string): Texts {
    const texts: Texts = new LRUCache({
      maxSize: this.maxBytes,
      ttl: this.ttlMs,
      sizeCalculation: (text) => ENTRY_BYTES + Buffer.byteLength(text),
    });
    this.owners.set(owner, texts);
    return texts;
  }

  /** There are as many owners as keys, so few. */
  private bytes(): number {
    let bytes = 0;
    for (const texts of this.owners.values()) bytes += texts.calculatedSize;
    return bytes;
  }

  private largest(): Texts | undefined {
    let largest: Texts | undefined;
    for (const texts of this.owners.values()) {
      if (largest === undefined || texts.calculatedSize > largest.calculatedSize) largest = texts;
    }
    return largest;
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
