import { LRUCache } from 'lru-cache';

/** What an entry takes beside its text: its key, and its place in the lists of the map. */
const ENTRY_BYTES = 300;

interface Entry {
  text: string;
  endsAtMs: number;
}

/**
 * Texts by key in the memory of this process, each kept for a time. Together they are bounded by their bytes: those that were used
 * longest ago go first.
 */
export class MemoryTexts {
  private readonly entries: LRUCache<string, Entry>;

  constructor(maxBytes: number) {
    this.entries = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: ({ text }) => ENTRY_BYTES + Buffer.byteLength(text),
    });
  }

  get size(): number {
    return this.entries.size;
  }

  get bytes(): number {
    return this.entries.calculatedSize;
  }

  get(key: string): string | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined || entry.endsAtMs >= Date.now()) return entry?.text;
    this.entries.delete(key);
    return undefined;
  }

  set(key: string, text: string, ttlMs: number): void {
    this.entries.set(key, { text, endsAtMs: Date.now() + ttlMs });
  }

  /** Whether there was one. */
  delete(key: string): boolean {
    return this.entries.delete(key);
  }

  /** Deletes the text that was used longest ago. */
  deleteOldest(): void {
    this.entries.pop();
  }
}
