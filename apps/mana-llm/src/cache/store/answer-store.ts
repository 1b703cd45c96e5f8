import { isJsonObject, parseJson, stringifyJson } from '@mana-llm/openai-api';
import type { CacheConfig } from '../../config/configuration.js';
import { ageMsOf } from '../age-ms-of.js';
import type { CacheCounts } from '../../redis/cache-counts.js';
import { MemoryLayer } from './memory-layer.js';
import type { RedisLayer, RedisStatus } from '../../redis/redis-layer.js';

const MAX_VALUE_BYTES = 1024 * 1024;
const MIB = 1024 * 1024;

export interface Stored<T> {
  value: T;
  storedAtMs: number;
}

/** Reads a stored value; undefined for one that is not what it should be. */
export type ReadValue<T> = (json: unknown) => T | undefined;

/** Answers by key: in this process's memory and, where there is one, in Redis behind it. Nothing here rejects. */
export class AnswerStore {
  private readonly memory: MemoryLayer;
  private readonly ttlMs: number;

  constructor(
    { ttlSeconds, memoryMb }: Pick<CacheConfig, 'ttlSeconds' | 'memoryMb'>,
    private readonly counts: CacheCounts,
    private readonly redis?: RedisLayer,
  ) {
    this.ttlMs = ttlSeconds * 1000;
    this.memory = new MemoryLayer(memoryMb * MIB, counts);
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

  /** What this process's memory has, at once. */
  remembered<T>(key: string, read: ReadValue<T>): Stored<T> | undefined {
    return this.parse(this.memory.get(key), read);
  }

  /** What Redis has; memory has it afterwards. */
  async shared<T>(key: string, read: ReadValue<T>): Promise<Stored<T> | undefined> {
    const text = await this.redis?.get(key);
    if (text === undefined) return undefined;
    const shared = this.parse(text, read);
    if (shared === undefined) this.redis?.delete(key);
    else this.memory.set(key, text, shared.storedAtMs + this.ttlMs - Date.now());
    return shared;
  }

  getMany<T>(keys: readonly string[], read: ReadValue<T>): Promise<(Stored<T> | undefined)[]> {
    return Promise.all(keys.map((key) => this.remembered(key, read) ?? this.shared(key, read)));
  }

  /** Never waited for. */
  set(key: string, value: unknown): void {
    const text = stringifyJson({ storedAtMs: Date.now(), value });
    if (Buffer.byteLength(text) > MAX_VALUE_BYTES)
      return this.counts.cacheWritten({ layer: 'memory', outcome: 'too_large' });
    this.memory.set(key, text, this.ttlMs);
    this.redis?.set(key, text, this.ttlMs);
  }

  close(): void {
    this.redis?.close();
  }

  /** A gateway has written it, and has bounded its depth when it came. */
  private parse<T>(text: string | undefined, read: ReadValue<T>): Stored<T> | undefined {
    if (text === undefined) return undefined;
    try {
      const envelope = parseJson(text, { maxDepth: Infinity });
      if (!isJsonObject(envelope) || typeof envelope['storedAtMs'] !== 'number') return undefined;
      const { storedAtMs } = envelope;
      // Another gateway may have written it with a longer life.
      if (ageMsOf({ storedAtMs }) > this.ttlMs) return undefined;
      const value = read(envelope['value']);
      return value === undefined ? undefined : { value, storedAtMs };
    } catch {
      return undefined;
    }
  }
}
