import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const read = (...path: string[]): string => readFileSync(join(__dirname, ...path), 'utf8');
const document = read('../../docs/clients.md');

/** What is there for the clients' sake, and no client. */
const BESIDE = ['@langchain/core', 'zod', 'pytest'];

const dependenciesOf = (folder: string): [string, string][] => {
  const { dependencies } = JSON.parse(read(folder, 'package.json')) as { dependencies: Record<string, string> };
  return Object.entries(dependencies);
};
const [pythonClients = ''] = read('python/requirements.txt').split('\n\n');
const pinned: [string, string | undefined][] = [
  ...dependenciesOf('node'),
  ...dependenciesOf('codex'),
  ...pythonClients
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map((line): [string, string | undefined] => [line.split('==')[0] ?? '', line.split('==')[1]]),
];

describe('docs/clients.md', () => {
  it.each(pinned.filter(([name]) => !BESIDE.includes(name)))(
    'has the version of %s that is tested',
    (name, version) => {
      const exact = version?.split('@').at(-1);
      expect(exact).toMatch(/^\d+\.\d+\.\d+$/);
      const row = document.split('\n').find((line) => line.startsWith('|') && line.includes(` ${String(exact)}`));
      expect(row).toContain(name.replace(/-[67]$/, ''));
    },
  );
});
