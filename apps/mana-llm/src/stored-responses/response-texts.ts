import type { RedisConnection } from '../redis/redis-connection.js';
import { MemoryTexts } from '../sharing/memory-texts.js';

/** Texts by owner and key, each kept for a time. What cannot be read or written rejects. */
export interface ResponseTexts {
  get(key: string, owner: string): Promise<string | undefined>;
  set(key: string, text: string, owner: string): Promise<void>;
  /** Whether there was one. */
  delete(key: string, owner: string): Promise<boolean>;
}

/**
 * In the memory of this process. Where there is no more room, the owner that has most of it loses the text that it used longest
 * ago: nobody can push the texts of others out.
 */
export class TextsOfOwners implements ResponseTexts {
  private readonly owners = new Map<string, MemoryTexts>();

  constructor(
    private readonly maxBytes: number,
    private readonly ttlMs: number,
  ) {}

  get(key: string, owner: string): Promise<string | undefined> {
    return Promise.resolve(this.owners.get(owner)?.get(key));
  }

  set(key: string, text: string, owner: string): Promise<void> {
    this.textsOf(owner).set(key, text, this.ttlMs);
    while (this.bytes() > this.maxBytes) this.largest()?.deleteOldest();
    return Promise.resolve();
  }

  delete(key: string, owner: string): Promise<boolean> {
    return Promise.resolve(this.owners.get(owner)?.delete(key) ?? false);
  }

  private textsOf(owner: string): MemoryTexts {
    let texts = this.owners.get(owner);
    if (texts === undefined) this.owners.set(owner, (texts = new MemoryTexts(this.maxBytes)));
    return texts;
  }

  /** There are as many owners as keys, so few. */
  private bytes(): number {
    let bytes = 0;
    for (const texts of this.owners.values()) bytes += texts.bytes;
    return bytes;
  }

  private largest(): MemoryTexts | undefined {
    let largest: MemoryTexts | undefined;
    for (const texts of this.owners.values()) {
      if (largest === undefined || texts.bytes > largest.bytes) largest = texts;
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
    const sent = this.redis.send(kind, command);
    if (sent === undefined) throw new Error('Redis: it cannot be reached');
    return sent;
  }
}
