import { Counter, Gauge, Histogram, type Metric, type Registry } from 'prom-client';
import type { HistogramDescription, MetricDescription } from './metric-names.js';

type LabelOf<D extends MetricDescription> = D['labels'][number];

// The registry belongs to the process, an application does not: a second one in the same process (tests) counts on
// in the metrics of the first.
function reuse<M extends Metric>(
  registry: Registry,
  name: string,
  kind: abstract new (...args: never[]) => M,
): M | null {
  const existing = registry.getSingleMetric(name);
  if (existing === undefined) {
    return null;
  }
  if (existing instanceof kind) {
    return existing;
  }
  throw new TypeError(`metric ${name} is already registered as another kind`);
}

export function registerCounter<D extends MetricDescription>(registry: Registry, metric: D): Counter<LabelOf<D>> {
  const { name, help } = metric;
  const labelNames: LabelOf<D>[] = [...metric.labels];
  return reuse(registry, name, Counter<LabelOf<D>>) ?? new Counter({ name, help, labelNames, registers: [registry] });
}

export function registerGauge<D extends MetricDescription>(registry: Registry, metric: D): Gauge<LabelOf<D>> {
  const { name, help } = metric;
  const labelNames: LabelOf<D>[] = [...metric.labels];
  return reuse(registry, name, Gauge<LabelOf<D>>) ?? new Gauge({ name, help, labelNames, registers: [registry] });
}

export function registerHistogram<D extends HistogramDescription>(
  registry: Registry,
  metric: D,
): Histogram<LabelOf<D>> {
  const { name, help } = metric;
  const labelNames: LabelOf<D>[] = [...metric.labels];
  const buckets = [...metric.buckets];
  return (
    reuse(registry, name, Histogram<LabelOf<D>>) ??
    new Histogram({ name, help, labelNames, buckets, registers: [registry] })
  );
}
