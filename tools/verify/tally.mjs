/** What `npm run verify` counts: every test of every jest run, and each failed step beside them. */
export class Tally {
  passed = 0;
  failed = 0;
  skipped = 0;
  /** The titles of what was skipped: they say why. */
  #reasons = new Set();

  addFailedStep() {
    this.failed += 1;
  }

  /** A step that is a test itself. */
  addTestStep(isGood) {
    if (isGood) this.passed += 1;
    else this.failed += 1;
  }

  /** `report` is what jest wrote with `--json`, undefined where it wrote nothing. Returns whether the run was good. */
  addJestRun(report, exitCode) {
    const { numPassedTests = 0, numFailedTests = 0, numRuntimeErrorTestSuites = 0 } = report ?? {};
    this.skipped += (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
    for (const { assertionResults = [] } of report?.testResults ?? [])
      for (const { status, ancestorTitles = [], title } of assertionResults)
        if (status === 'pending' || status === 'todo') this.#reasons.add(ancestorTitles[0] ?? title);
    return this.addRun({ passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites }, exitCode);
  }

  /** A run of tests. It can fail without a failed test: coverage below its limit, no test found, the runner itself. */
  addRun({ passed, failed }, exitCode) {
    const isGood = exitCode === 0 && failed === 0 && passed > 0;
    this.passed += passed;
    this.failed += isGood ? 0 : Math.max(failed, 1);
    return isGood;
  }

  get exitCode() {
    return this.failed === 0 && this.passed > 0 ? 0 : 1;
  }

  /** What was skipped, each once; undefined where nothing was. */
  get skippedTitles() {
    return this.#reasons.size === 0 ? undefined : [...this.#reasons].join('; ');
  }

  toString() {
    const skipped = this.skipped > 0 ? `, ${this.skipped} skipped` : '';
    return `${this.passed} passed, ${this.failed} failed${skipped}`;
  }
}
