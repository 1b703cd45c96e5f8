import type { Registry } from 'prom-client';
import { COUNTERS, GAUGES, HISTOGRAMS } from './metric-names.js';
import { registerCounter, registerGauge, registerHistogram } from './register-metric.js';

/** The metrics of the cache. */
export function registerCacheMetrics(registry: Registry) {
  return {
    requests: registerCounter(registry, COUNTERS.cacheRequests),
    lookups: registerCounter(registry, COUNTERS.cacheLookups),
    writes: registerCounter(registry, COUNTERS.cacheWrites),
    wait: registerHistogram(registry, HISTOGRAMS.cacheWait),
    entries: registerGauge(registry, GAUGES.cacheEntries),
    bytes: registerGauge(registry, GAUGES.cacheBytes),
  };
}
