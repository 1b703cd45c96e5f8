import { readFileSync } from 'node:fs';

// `node tools/verify/sum-counts.mjs verify.log clients.log`: one count of several runs, each told by its output, whose last
// line is its own. A run without that line did not come to its end, and counts as a failure.

const COUNT = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/;

const total = { passed: 0, failed: 0, skipped: 0 };
for (const file of process.argv.slice(2)) {
  const lastLine = readFileSync(file, 'utf8').trimEnd().split('\n').at(-1);
  const [, passed = 0, failed = 0, skipped = 0] = (COUNT.exec(lastLine) ?? []).map(Number);
  const isWhole = passed + failed > 0;
  if (!isWhole) console.log(`${file} does not end in a count of tests.`);
  total.passed += passed;
  total.failed += isWhole ? failed : 1;
  total.skipped += skipped || 0;
}
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
