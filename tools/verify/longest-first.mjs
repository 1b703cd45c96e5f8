import testSequencer from '@jest/test-sequencer';

/** What takes longest, the longest first. Jest knows it of a run before; on a clean clone there was none. */
const LONGEST = [
  'routing.simulation.spec.ts',
  'streams/timeouts.e2e-spec.ts',
  'suites/failures.e2e-suite.ts',
  'cache/redis.e2e-spec.ts',
  'example-backend/example-backend.spec.ts',
  'example-backend/test/page.e2e-spec.ts',
  'proxy.e2e-spec.ts',
  'api-keys.e2e-spec.ts',
  'built-service.e2e-spec.ts',
  'streams/drain.e2e-spec.ts',
  'suites/answers.e2e-suite.ts',
  'config/configuration-source.spec.ts',
];

const rankOf = ({ path }) => {
  const rank = LONGEST.findIndex((name) => path.endsWith(`/${name}`));
  return rank === -1 ? LONGEST.length : rank;
};

/** Jest's sequencer, which has the long files first: one that begins last is waited for by idle cores. */
export default class LongestFirst extends testSequencer {
  sort(tests) {
    return [...super.sort(tests)].sort((one, other) => rankOf(one) - rankOf(other));
  }
}
