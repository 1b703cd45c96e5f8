import { LRUCache } from 'lru-cache';
import type { GatewayMetrics } from '../../metrics/gateway-metrics.js';

/** What an entry takes beside its text: its key, and its place in the lists of the map. */
const ENTRY_BYTES = 300;

interface Entry {
  text: string;
  endsAtMs: number;
}

/** The answers that this process remembers, bounded by their bytes. */
export class MemoryLayer {
  private readonly entries: LRUCache<string, Entry>;

  constructor(
    maxBytes: number,
    private readonly metrics: Pick<GatewayMetrics, 'cacheLookup' | 'cacheWritten' | 'cacheSize'>,
  ) {
    this.entries = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: ({ text }) => ENTRY_BYTES + Buffer.byteLength(text),
    });
  }

  get(key: string): string | undefined {
    let entry = this.entries.get(key);
    if (entry !== undefined && entry.endsAtMs < Date.now()) {
      this.entries.delete(key);
      entry = undefined;
    }
    this.metrics.cacheLookup({ layer: 'memory', outcome: entry === undefined ? 'miss' : 'hit' });
    return entry?.text;
  }

  set(key: string, text: string, ttlMs: number): void {
    this.entries.set(key, { text, endsAtMs: Date.now() + ttlMs });
    this.metrics.cacheWritten({ layer: 'memory', outcome: 'stored' });
    this.metrics.cacheSize({ layer: 'memory', entries: this.entries.size, bytes: this.entries.calculatedSize });
  }
}
