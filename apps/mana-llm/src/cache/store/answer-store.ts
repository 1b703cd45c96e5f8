import { isJsonObject, parseJson, stringifyJson } from '@mana-llm/openai-api';
import type { CacheConfig } from '../../config/configuration.js';
import type { GatewayMetrics } from '../../metrics/gateway-metrics.js';
import type { RedisStatus } from '../../redis/redis-connection.js';
import { MemoryTexts } from '../../sharing/memory-texts.js';
import type { RedisLayer } from './redis-layer.js';

const MAX_VALUE_BYTES = 1024 * 1024;
const MIB = 1024 * 1024;

export interface Stored<T> {
  value: T;
  storedAtMs: number;
}

/** How old a stored answer is. The clocks of gateways differ: an answer that seems to come from the future is new. */
export function ageMsOf({ storedAtMs }: Pick<Stored<unknown>, 'storedAtMs'>): number {
  return Math.max(0, Date.now() - storedAtMs);
}

/** Reads a stored value; undefined for a value of another shape. */
export type ReadValue<T> = (json: unknown) => T | undefined;

/** Answers by key: in this process's memory and, where the gateway has one, in Redis. Nothing here rejects. */
export class AnswerStore {
  private readonly memory: MemoryTexts;
  private readonly ttlMs: number;

  constructor(
    { ttlSeconds, memoryMb }: Pick<CacheConfig, 'ttlSeconds' | 'memoryMb'>,
    private readonly metrics: Pick<GatewayMetrics, 'cacheLookup' | 'cacheWaited' | 'cacheWritten' | 'cacheSize'>,
    private readonly redis?: RedisLayer,
  ) {
    this.ttlMs = ttlSeconds * 1000;
    this.memory = new MemoryTexts(memoryMb * MIB);
  }

  get isEnabled(): boolean {
    return this.ttlMs > 0;
  }

  status(): RedisStatus {
    return this.redis?.status() ?? { status: 'absent' };
  }

  async get<T>(key: string, read: ReadValue<T>): Promise<Stored<T> | undefined> {
    return this.remembered(key, read) ?? (await this.shared(key, read));
  }

  /** The answer that this process's memory has, without waiting. */
  remembered<T>(key: string, read: ReadValue<T>): Stored<T> | undefined {
    const text = this.memory.get(key);
    this.metrics.cacheLookup({ layer: 'memory', outcome: text === undefined ? 'miss' : 'hit' });
    return this.parse(text, read);
  }

  /** The answer that Redis has. It is kept in memory, too. */
  async shared<T>(key: string, read: ReadValue<T>): Promise<Stored<T> | undefined> {
    const text = await this.redis?.get(key);
    if (text === undefined) return undefined;
    const shared = this.parse(text, read);
    if (shared === undefined) this.redis?.delete(key);
    else this.remember(key, text, shared.storedAtMs + this.ttlMs - Date.now());
    return shared;
  }

  getMany<T>(keys: readonly string[], read: ReadValue<T>): Promise<(Stored<T> | undefined)[]> {
    return Promise.all(keys.map((key) => this.remembered(key, read) ?? this.shared(key, read)));
  }

  /** Returns at once: Redis is written in the background. */
  set(key: string, value: unknown): void {
    const text = stringifyJson({ storedAtMs: Date.now(), value });
    if (Buffer.byteLength(text) > MAX_VALUE_BYTES)
      return this.metrics.cacheWritten({ layer: 'memory', outcome: 'too_large' });
    this.remember(key, text, this.ttlMs);
    this.redis?.set(key, text, this.ttlMs);
  }

  private remember(key: string, text: string, ttlMs: number): void {
    const { memory, metrics } = this;
    memory.set(key, text, ttlMs);
    metrics.cacheWritten({ layer: 'memory', outcome: 'stored' });
    metrics.cacheSize({ layer: 'memory', entries: memory.size, bytes: memory.bytes });
  }

  /** The depth needs no bound here: a gateway has checked it before it stored the text. */
  private parse<T>(text: string | undefined, read: ReadValue<T>): Stored<T> | undefined {
    if (text === undefined) return undefined;
    try {
      const envelope = parseJson(text, { maxDepth: Infinity });
      if (!isJsonObject(envelope) || typeof envelope['storedAtMs'] !== 'number') return undefined;
      const { storedAtMs } = envelope;
      // Another gateway, whose TTL is longer, may have stored it.
      if (ageMsOf({ storedAtMs }) > this.ttlMs) return undefined;
      const value = read(envelope['value']);
      return value === undefined ? undefined : { value, storedAtMs };
    } catch {
      return undefined;
    }
  }
}
