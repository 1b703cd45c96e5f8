/** The gateway asked a fake upstream for something that the test did not expect. */
export class FakeUpstreamFailure extends Error {
  override readonly name = 'FakeUpstreamFailure';

  constructor(readonly failures: readonly string[]) {
    super(`The fake upstream was not prepared:\n- ${failures.join('\n- ')}`);
  }
}
