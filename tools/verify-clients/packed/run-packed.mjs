import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run as runTests } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { cacheIn, install, tarballIn } from './install.mjs';

// The client as npm packs it, in an empty folder and in applications of Nest 10, 11 and 12. Runs alone too:
// `node tools/verify-clients/packed/run-packed.mjs`.

const FOLDER = dirname(fileURLToPath(import.meta.url));
/** For what hangs alone. */
const TEST_LIMIT_MS = 120_000;

function testFiles() {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.test.mjs'));
  return names.map((name) => join(FOLDER, name));
}

async function run(root) {
  // The test files are processes of their own, and read it.
  process.env.PACKED_FOLDER = cacheIn(root);
  process.env.PACKED_TARBALL = tarballIn(root);
  const counts = { passed: 0, failed: 0 };
  const count = (result, { details }) => {
    if (details?.type !== 'suite') counts[result] += 1;
  };
  const tests = runTests({ files: testFiles(), concurrency: 2, timeout: TEST_LIMIT_MS })
    .on('test:pass', (test) => count(test.skip === undefined ? 'passed' : 'failed', test))
    .on('test:fail', (test) => count('failed', test));
  for await (const text of tests.compose(spec)) process.stdout.write(text);
  return { ...counts, exitCode: counts.failed === 0 && counts.passed > 0 ? 0 : 1 };
}

export const packedClient = { title: '@mana-llm/client as packed, in Nest 10, 11 and 12', install, run };

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = join(FOLDER, '..', '..', '..');
  const { passed, failed, exitCode } = install(root) ? await run(root) : { passed: 0, failed: 1, exitCode: 1 };
  process.exitCode = exitCode;
  console.log(`\n${passed} passed, ${failed} failed`);
}
