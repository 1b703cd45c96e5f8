import { readJunit } from './read-junit.mjs';

const report = (...cases: string[]): string =>
  `<?xml version="1.0" encoding="utf-8"?>\n<testsuites>\n\t<testsuite name="a">\n${cases.join('\n')}\n</testsuite></testsuites>`;
const GOOD = '<testcase name="answers &lt;error&gt; and > more" time="0.1" classname="test"/>';
const FAILED = '<testcase name="b"><failure type="x" message="no">no</failure></testcase>';

describe(readJunit.name, () => {
  it.each([
    ['counts what passed', report(GOOD, GOOD), { passed: 2, failed: 0 }],
    ['counts each failed test', report(GOOD, FAILED, FAILED), { passed: 1, failed: 2 }],
    [
      'counts an error of a fixture',
      report('<testcase name="c"><error message="x"/></testcase>'),
      { passed: 0, failed: 1 },
    ],
    [
      'counts a skipped test as failed',
      report(GOOD, '<testcase name="d"><skipped/></testcase>'),
      { passed: 1, failed: 1 },
    ],
    [
      'does not take the output of a test for a failure',
      report('<testcase name="e"><system-out>x</system-out></testcase>'),
      { passed: 1, failed: 0 },
    ],
    ['counts nothing where there is no report', '', { passed: 0, failed: 0 }],
  ])('%s', (_title, xml, counts) => {
    expect(readJunit(xml)).toEqual(counts);
  });
});
