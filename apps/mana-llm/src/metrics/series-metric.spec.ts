import { Counter, Histogram, Registry } from 'prom-client';
import { registerCounter, registerHistogram } from './series-metric.js';

const COUNTER = { name: 'calls_total', help: 'Calls.', labels: ['model', 'status'] } as const;
const HISTOGRAM = { name: 'wait_seconds', help: 'Waits.', labels: ['model'], buckets: [0.1, 1, 10] } as const;

/** What a scrape reads of prom-client's own metrics and of ours, after the same events. */
describe('metrics of series, beside those of prom-client', () => {
  it('count the same', async () => {
    const registry = new Registry();
    const theirs = new Counter({ ...COUNTER, labelNames: COUNTER.labels, registers: [registry] });
    const own = new Registry();
    const ours = registerCounter(own, COUNTER);
    for (const counter of [theirs, ours]) {
      counter.inc({ model: 'a', status: 200 });
      counter.inc({ model: 'b "quoted"\n', status: 200 }, 0);
      counter.inc({ model: 'a', status: 500 }, 3);
      counter.inc({ model: 'a', status: 200 }, 2);
    }
    expect(await own.metrics()).toBe(await registry.metrics());
  });

  it('put a value into the same buckets', async () => {
    const registry = new Registry();
    const theirs = new Histogram({
      ...HISTOGRAM,
      labelNames: HISTOGRAM.labels,
      buckets: [...HISTOGRAM.buckets],
      registers: [registry],
    });
    const own = new Registry();
    const ours = registerHistogram(own, HISTOGRAM);
    for (const histogram of [theirs, ours]) {
      for (const seconds of [0, 0.1, 0.2, 1, 5, 10, 11]) histogram.observe({ model: 'a' }, seconds);
      histogram.observe({ model: 'b' }, 100);
    }
    expect(await own.metrics()).toBe(await registry.metrics());
  });

  it('have their one series from the start where they have no labels', async () => {
    const own = new Registry();
    registerHistogram(own, { ...HISTOGRAM, labels: [] });
    expect(await own.metrics()).toContain('wait_seconds_count 0');
  });
});
