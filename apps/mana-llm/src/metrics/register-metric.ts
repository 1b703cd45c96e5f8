import { Gauge, type Metric, type Registry } from 'prom-client';
import type { HistogramDescription, MetricDescription } from './metric-names.js';
import { SeriesCounter, SeriesHistogram } from './series-metric.js';

type LabelOf<D extends MetricDescription> = D['labels'][number];

// The registry belongs to the process, an application does not: a second one in the same process (tests) counts on
// in the metrics of the first.
function reuse<M>(registry: Registry, name: string, kind: abstract new (...args: never[]) => M): M | null {
  const existing: unknown = registry.getSingleMetric(name);
  if (existing === undefined) {
    return null;
  }
  if (existing instanceof kind) {
    return existing;
  }
  throw new TypeError(`metric ${name} is already registered as another kind`);
}

/** The registry asks a metric for its name and its samples alone; its type lists prom-client's own classes. */
function register<M extends { name: string; get(): Promise<unknown> }>(registry: Registry, metric: M): M {
  registry.registerMetric(metric as unknown as Metric);
  return metric;
}

export function registerCounter<D extends MetricDescription>(registry: Registry, metric: D): SeriesCounter<D> {
  return reuse(registry, metric.name, SeriesCounter<D>) ?? register(registry, new SeriesCounter(metric));
}

export function registerGauge<D extends MetricDescription>(registry: Registry, metric: D): Gauge<LabelOf<D>> {
  const { name, help } = metric;
  const labelNames: LabelOf<D>[] = [...metric.labels];
  return reuse(registry, name, Gauge<LabelOf<D>>) ?? new Gauge({ name, help, labelNames, registers: [registry] });
}

export function registerHistogram<D extends HistogramDescription>(registry: Registry, metric: D): SeriesHistogram<D> {
  return reuse(registry, metric.name, SeriesHistogram<D>) ?? register(registry, new SeriesHistogram(metric));
}
