import { readFileSync } from 'node:fs';
import { Environment } from '../src/config/environment.js';
import { settingNames } from '../src/config/rules/setting-rule.js';
import { ERROR_KINDS } from '../src/apis/surface/openai-errors.js';
import { COUNTERS, GAUGES, HISTOGRAMS, type MetricDescription } from '../src/metrics/metric-names.js';
import { expectError } from './support/expect-error.js';
import { useScene } from './support/scene.js';

const PAGE = readFileSync('docs/migration.md', 'utf8');

/** What stands in backticks in the first column of a section's tables. */
function firstCells(section: string): string[] {
  const text = PAGE.split(`\n## ${section}\n`)[1]?.split('\n## ')[0] ?? '';
  const cells = text.split('\n').flatMap((line) => (line.startsWith('|') ? [line.split('|')[1] ?? ''] : []));
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
}

describe('docs/migration.md', () => {
  const scene = useScene();

  it.each(firstCells('Routes'))('names a route that is served: %s', async (route) => {
    const [method = '', path = ''] = route.split(' ');
    const url = path.replace('{id}', 'openai/m');
    const response = await (method === 'POST' ? scene.post(url, {}) : scene.get(url));
    expect(await response.text()).not.toMatch(/unknown_url|method_not_allowed/);
  });

  it('names the kinds of errors that there are', () => {
    expect(firstCells('Errors').filter((name) => name !== 'detail.kind')).toHaveLength(ERROR_KINDS.length);
    expect(firstCells('Errors')).toEqual(expect.arrayContaining([...ERROR_KINDS]));
  });

  it('names metrics that there are', () => {
    const names = new Set<string>(
      [COUNTERS, GAUGES, HISTOGRAMS]
        .flatMap((metrics: Record<string, MetricDescription>) => Object.values(metrics))
        .map(({ name }) => name),
    );
    expect(firstCells('Metrics').length).toBeGreaterThan(5);
    expect(firstCells('Metrics').filter((name) => !names.has(name))).toEqual([]);
  });

  it('names variables that are read', () => {
    const names = new Set(settingNames(Environment.prototype));
    expect(firstCells('Environment').length).toBeGreaterThan(10);
    expect(firstCells('Environment').filter((name) => !names.has(name))).toEqual([]);
  });

  it.each<[string, () => Promise<Response>, number, string]>([
    ['chat', () => scene.chat({ model: 'nosuch/m' }), 404, 'invalid_request'],
    ['embeddings', () => scene.post('/v1/embeddings', { model: 'openai/m' }), 400, 'invalid_request'],
    ['models', () => scene.get('/v1/models/nosuch/m'), 404, 'invalid_request'],
    ['chat without a body', () => scene.post('/v1/chat/completions', undefined), 400, 'invalid_request'],
  ])('`detail` stands beside `error`: %s', async (_what, ask, status, kind) => {
    const response = await ask();
    const { error, detail } = (await response.clone().json()) as { error: { message: string }; detail: unknown };
    await expectError(response, status);
    expect(detail).toEqual({ kind, message: error.message });
  });

  it('GET /v1/health has the status of GET /health', async () => {
    const statusOf = async (path: string): Promise<string> =>
      ((await (await scene.get(path)).json()) as { status: string }).status;
    expect(await statusOf('/v1/health')).toBe(await statusOf('/health'));
  });
});
