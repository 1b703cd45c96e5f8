import { readFileSync } from 'node:fs';
import { join } from 'node:path';
// Imported before any file of a suite: its last hook has to be one of the whole suite.
import './scene.js';

const TEST_FOLDER = join(__dirname, '..');

/**
 * Runs the files of a suite in one, in the order of `suites.json`: those that want the same gateway have the same one. `npm run
 * verify` does so with the built service, whose start costs more than a file's tests. Each file runs alone as well.
 */
export function describeSuite(name: string): void {
  const suites = JSON.parse(readFileSync(join(TEST_FOLDER, 'suites', 'suites.json'), 'utf8')) as Record<
    string,
    string[]
  >;
  for (const file of suites[name] ?? [])
    describe(file, () => void jest.requireActual(join(TEST_FOLDER, `${file}.e2e-spec.ts`)));
}
