/** What the cache tells of itself. */
export interface CacheCounts {
  cacheLookup(lookup: { layer: 'memory' | 'redis'; outcome: 'hit' | 'miss' | 'error' | 'skipped' }): void;
  /** Time that a request has waited for Redis. */
  cacheWaited(wait: { seconds: number }): void;
  cacheWritten(write: { layer: 'memory' | 'redis'; outcome: 'stored' | 'error' | 'dropped' | 'too_large' }): void;
  cacheSize(size: { layer: 'memory'; entries: number; bytes: number }): void;
}
