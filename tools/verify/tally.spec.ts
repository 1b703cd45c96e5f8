import { Tally } from './tally.mjs';

const GOOD_RUN = {
  numPassedTests: 3,
  numFailedTests: 0,
  numRuntimeErrorTestSuites: 0,
  numPendingTests: 0,
  numTodoTests: 0,
};

describe(Tally.name, () => {
  it.each([
    ['sums the tests that passed', [GOOD_RUN, GOOD_RUN], 0, '6 passed, 0 failed', 0],
    [
      'names skipped tests',
      [{ ...GOOD_RUN, numPendingTests: 2, numTodoTests: 1 }],
      0,
      '3 passed, 0 failed, 3 skipped',
      0,
    ],
    ['counts each failed test', [{ ...GOOD_RUN, numFailedTests: 2 }], 1, '3 passed, 2 failed', 1],
    ['counts a file that does not load', [{ ...GOOD_RUN, numRuntimeErrorTestSuites: 1 }], 1, '3 passed, 1 failed', 1],
    ['counts coverage below its limit', [GOOD_RUN], 1, '3 passed, 1 failed', 1],
    ['counts a run without tests', [{ ...GOOD_RUN, numPassedTests: 0 }], 0, '0 passed, 1 failed', 1],
    ['counts a run without a report', [undefined], 1, '0 passed, 1 failed', 1],
  ])('%s', (_title, reports, jestExitCode, line, exitCode) => {
    const tally = new Tally();
    for (const report of reports) tally.addJestRun(report, jestExitCode);
    expect(String(tally)).toBe(line);
    expect(tally.exitCode).toBe(exitCode);
  });

  it('says what was skipped, each once: the titles say why', () => {
    const tally = new Tally();
    const skipped = (ancestorTitles: string[]) => ({ status: 'pending', ancestorTitles, title: 'answers' });
    const passed = { status: 'passed', ancestorTitles: ['another'], title: 'answers' };
    const ollama = skipped(['a real Ollama (OLLAMA_BIN)', 'with a model']);
    const testResults = [{ assertionResults: [ollama, ollama, passed] }, { assertionResults: [skipped([])] }];
    tally.addJestRun({ ...GOOD_RUN, numPendingTests: 3, testResults }, 0);
    tally.addJestRun(GOOD_RUN, 0);
    expect(tally.skippedTitles).toBe('a real Ollama (OLLAMA_BIN); answers');
    expect(String(tally)).toBe('6 passed, 0 failed, 3 skipped');
  });

  it.each([
    ['counts a run of other tests', { passed: 5, failed: 0 }, 0, '5 passed, 0 failed', true],
    ['counts what failed in it', { passed: 5, failed: 2 }, 1, '5 passed, 2 failed', false],
    ['counts its end with an error as a failure', { passed: 5, failed: 0 }, 1, '5 passed, 1 failed', false],
    ['counts one without a test as a failure', { passed: 0, failed: 0 }, 0, '0 passed, 1 failed', false],
  ])('%s', (_title, counts, exitCode, line, isGood) => {
    const tally = new Tally();
    expect(tally.addRun(counts, exitCode)).toBe(isGood);
    expect(String(tally)).toBe(line);
  });

  it('counts a failed step beside the tests', () => {
    const tally = new Tally();
    tally.addJestRun(GOOD_RUN, 0);
    tally.addFailedStep();
    expect(String(tally)).toBe('3 passed, 1 failed');
    expect(tally.exitCode).toBe(1);
  });

  it('counts a step that is a test, passed or failed', () => {
    const tally = new Tally();
    tally.addTestStep(true);
    expect([String(tally), tally.exitCode]).toEqual(['1 passed, 0 failed', 0]);
    tally.addTestStep(false);
    expect([String(tally), tally.exitCode]).toEqual(['1 passed, 1 failed', 1]);
  });

  it('is no success when nothing ran', () => {
    expect(new Tally().exitCode).toBe(1);
  });
});
