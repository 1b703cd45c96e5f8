import { readFileSync } from 'node:fs';
import { COUNTERS, GAUGES, HISTOGRAMS, type MetricDescription } from './metric-names.js';

const ALL: MetricDescription[] = [COUNTERS, GAUGES, HISTOGRAMS].flatMap((metrics: Record<string, MetricDescription>) =>
  Object.values(metrics),
);
const NAMES: ReadonlySet<string> = new Set(ALL.map(({ name }) => name));

const namesIn = (path: string): string[] =>
  [...readFileSync(path, 'utf8').matchAll(/\bmana_llm_[a-z_]*[a-z]\b/g)].map(([name]) => name.replace(/_bucket$/, ''));

describe('the documentation of the metrics', () => {
  const page = readFileSync('docs/metrics.md', 'utf8').split('\n');

  it.each(ALL)('has $name with its labels in docs/metrics.md', ({ name, labels }) => {
    const row = page.find((line) => line.startsWith(`| \`${name}\``)) ?? '';
    const cell = row.split('|')[2]?.replace(/\([^)]*\)/g, '') ?? '';
    expect(cell.match(/`[^`]+`/g) ?? []).toEqual(labels.map((label) => `\`${label}\``));
  });

  it.each(['docs/metrics.md', 'docs/routing.md', 'docs/streams.md'])('names no other metric in %s', (path) => {
    const names = namesIn(path).filter((name) => name !== 'mana_llm_llm');
    expect(names.filter((name) => !NAMES.has(name))).toEqual([]);
  });
});
