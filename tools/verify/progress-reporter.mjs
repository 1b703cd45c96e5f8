const SAY_EVERY_MS = 15_000;

/** Jest's reporter that says now and then how many of the files are done. */
export default class ProgressReporter {
  #saidAtMs = Date.now();

  onTestResult(_test, _result, { numTotalTestSuites, numPassedTestSuites, numFailedTestSuites, numPendingTestSuites }) {
    if (Date.now() - this.#saidAtMs < SAY_EVERY_MS) return;
    this.#saidAtMs = Date.now();
    const done = numPassedTestSuites + numFailedTestSuites + numPendingTestSuites;
    console.log(`--- ${done} of ${numTotalTestSuites} files, ${numFailedTestSuites} failed`);
  }
}
