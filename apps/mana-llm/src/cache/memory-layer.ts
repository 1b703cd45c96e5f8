import { type Cache, createCache } from 'cache-manager';
import { Keyv } from 'keyv';
import { LRUCache } from 'lru-cache';
import type { CacheCounts } from './cache-counts.js';

/** What an entry takes beside its text: the key, the map's own lists. */
const ENTRY_BYTES = 300;

/** What Keyv stores: the text, and when it ends. */
interface Entry {
  value: string;
  expires?: number;
}

/** The answers that this process remembers, bounded by their bytes. */
export class MemoryLayer {
  private readonly entries: LRUCache<string, Entry>;
  private readonly cache: Cache;

  constructor(
    maxBytes: number,
    private readonly counts: CacheCounts,
  ) {
    this.entries = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: ({ value }) => ENTRY_BYTES + Buffer.byteLength(value),
    });
    const { entries } = this;
    // Keyv gives a number of milliseconds where the map expects options; the end is in the entry, and Keyv looks at it.
    const store = {
      get: (key: string) => entries.get(key),
      set: (key: string, entry: Entry) => void entries.set(key, entry),
      delete: (key: string) => entries.delete(key),
      clear: () => entries.clear(),
    };
    const keyv = new Keyv({ store, useKeyPrefix: false });
    // Texts are kept as they are: serialised, each would be escaped and read twice.
    keyv.serialize = undefined;
    keyv.deserialize = undefined;
    this.cache = createCache({ stores: [keyv] });
  }

  async get(key: string): Promise<string | undefined> {
    const text = await this.cache.get<string>(key);
    this.counts.cacheLookup({ layer: 'memory', outcome: text === undefined ? 'miss' : 'hit' });
    return text;
  }

  async set(key: string, text: string, ttlMs: number): Promise<void> {
    await this.cache.set(key, text, Math.max(1, ttlMs));
    this.counts.cacheWritten({ layer: 'memory', outcome: 'stored' });
    this.counts.cacheSize({ layer: 'memory', entries: this.entries.size, bytes: this.entries.calculatedSize });
  }
}
