import { randomMs, simulated, simulatedPause, useSimulatedTime } from '../../test/support/simulated-time.js';
import {
  DEFAULT_POLICY,
  type FaultName,
  FAULTS,
  LONGEST_SERVICE_MS,
  NO_BREAKER,
  type SimulatedAnswer,
  simulatedCandidate,
  SimulatedGateway,
  SimulatedUpstream,
  TIMEOUT_MS,
} from '../../test/support/simulated-upstreams.js';

const { openMs } = DEFAULT_POLICY.breaker;

/** A chain of three, each with one endpoint. */
function threeCandidates(policy = {}) {
  const upstreams = [new SimulatedUpstream('a'), new SimulatedUpstream('b'), new SimulatedUpstream('c')] as const;
  const candidates = upstreams.map((upstream) => simulatedCandidate([upstream], policy));
  return { upstreams, sut: new SimulatedGateway(candidates, upstreams) };
}

/** One candidate with three endpoints. */
function threeEndpoints() {
  const upstreams = [new SimulatedUpstream('a'), new SimulatedUpstream('a'), new SimulatedUpstream('a')] as const;
  return { upstreams, sut: new SimulatedGateway([simulatedCandidate(upstreams)], upstreams) };
}

/** What is retried, and would be asked twice by everybody but for the budget. */
const isRetried = (fault: FaultName) =>
  fault === 'refuses connections' || fault === 'answers 503 and wants to be asked again';

const slowestMsOf = (answers: readonly SimulatedAnswer[]) =>
  answers.reduce((slowestMs, { tookMs }) => Math.max(slowestMs, tookMs), 0);

const failed = (answers: readonly SimulatedAnswer[]) => answers.filter(({ isFailed }) => isFailed);

describe('routing, simulated', () => {
  // Steps bound each simulation, and no clock: a busy machine takes minutes where an idle one takes seconds.
  jest.setTimeout(3_600_000);
  useSimulatedTime();

  describe('while every upstream', () => {
    const outages: [FaultName, number][] = [
      ['refuses connections', 100_000],
      ['lets every request time out', 10_000],
      ['answers 500', 10_000],
      ['answers 503 and wants to be asked again', 10_000],
    ];

    it.each(outages)('%s, breakers keep nearly all of %i requests from all of them', async (fault, count) => {
      const { upstreams, sut } = threeCandidates();
      for (const upstream of upstreams) upstream.fault = FAULTS[fault];
      const answers = await simulated(sut.askMany(count));
      const sent = upstreams.reduce((sum, upstream) => sum + upstream.sent, 0);
      expect(failed(answers)).toHaveLength(count);
      expect(sent).toBeGreaterThan(0);
      // A timeout takes long to show: most are on their way already when a breaker opens.
      expect(sent / count).toBeLessThan(0.4);
    });

    it.each(outages)('%s and no breaker opens, it gets a tenth more than %i requests at most', async (fault, count) => {
      const upstream = new SimulatedUpstream('a');
      upstream.fault = FAULTS[fault];
      const sut = new SimulatedGateway([simulatedCandidate([upstream], NO_BREAKER)], [upstream]);
      const answers = await simulated(sut.askMany(count));
      expect(failed(answers)).toHaveLength(count);
      expect(upstream.sent / count).toBeLessThan(1.11);
      expect(upstream.sent / count).toBeGreaterThan(isRetried(fault) ? 1.09 : 0.999);
    });
  });

  it.each<[FaultName, number]>([
    ['refuses connections', 0],
    ['answers 500', 0],
    ['lets every request time out', TIMEOUT_MS],
  ])('succeeds again within the open time of the breaker after an upstream %s', async (fault, faultMs) => {
    const upstream = new SimulatedUpstream('a');
    const sut = new SimulatedGateway([simulatedCandidate([upstream])], [upstream]);
    const outages: { beganAtMs: number; endedAtMs: number }[] = [];
    const asking = sut.askMany(30_000);
    const breaking = (async () => {
      for (let count = 0; count < 5; count += 1) {
        await simulatedPause(randomMs(1_000, 5_000));
        const beganAtMs = Date.now();
        upstream.fault = FAULTS[fault];
        await simulatedPause(randomMs(5_000, 20_000));
        upstream.fault = undefined;
        outages.push({ beganAtMs, endedAtMs: Date.now() });
        await simulatedPause(openMs + TIMEOUT_MS);
      }
    })();
    const [answers] = await simulated(Promise.all([asking, breaking]));
    expect(outages).toHaveLength(5);
    for (const [index, { beganAtMs, endedAtMs }] of outages.entries()) {
      const untilMs = outages[index + 1]?.beganAtMs ?? Infinity;
      const during = answers.filter(({ askedAtMs }) => askedAtMs >= beganAtMs && askedAtMs < untilMs);
      const lastFailed = failed(during).at(-1);
      expect(lastFailed?.askedAtMs).toBeLessThan(endedAtMs + faultMs + openMs + LONGEST_SERVICE_MS);
      expect(during.at(-1)?.isFailed).toBe(false);
    }
  });

  it.each<[string, FaultName, number, typeof threeEndpoints | typeof threeCandidates]>([
    ['candidates', 'lets every request time out', 60_000, threeCandidates],
    ['candidates', 'refuses connections', 20_000, threeCandidates],
    ['candidates', 'answers 500', 20_000, threeCandidates],
    ['endpoints', 'refuses connections', 20_000, threeEndpoints],
  ])(
    'fails nobody while one of three %s %s, and slows less than 1 %% of %i requests',
    async (_of, fault, count, parts) => {
      const { upstreams, sut } = parts();
      upstreams[0].fault = FAULTS[fault];
      const answers = await simulated(sut.askMany(count));
      expect(failed(answers)).toEqual([]);
      expect(upstreams[0].sent).toBeGreaterThan(0);
      const slowed = answers.filter(({ tookMs }) => tookMs > LONGEST_SERVICE_MS);
      expect(slowed.length).toBeLessThan(count / 100);
    },
  );

  it('keeps no caller waiting behind the hundreds of another one', async () => {
    const [concurrent, chats, queued] = [4, 8, 300];
    const slowestMs = 150;
    let asked = 0;
    const upstream = new SimulatedUpstream('a', [50, slowestMs]);
    const sut = new SimulatedGateway([simulatedCandidate([upstream], { concurrent, queued })], [upstream]);
    const askOn = async (caller: string, pauseMs: (isFailed: boolean) => number): Promise<SimulatedAnswer[]> => {
      const answers: SimulatedAnswer[] = [];
      for (; asked < 100_000; asked += 1) {
        const answer = await sut.ask(caller);
        answers.push(answer);
        await simulatedPause(pauseMs(answer.isFailed));
      }
      return answers;
    };
    // More than may run and wait, and those that are refused come back: the queue is full all the time.
    const batch = Array.from({ length: queued + 20 }, () => askOn('batch', (isFailed) => (isFailed ? 1_000 : 0)));
    const asking = Array.from({ length: chats }, (_, chat) => askOn(`chat ${chat}`, () => randomMs(1, 2_000)));
    const [ofBatch, ofChats] = await simulated(Promise.all([Promise.all(batch), Promise.all(asking)]));
    expect(failed(ofBatch.flat()).length).toBeGreaterThan(1_000);
    expect(slowestMsOf(ofBatch.flat())).toBeGreaterThan(5_000);
    expect(failed(ofChats.flat())).toEqual([]);
    // Each caller has one turn before this one's.
    const longestWaitMs = Math.ceil((chats + 1) / concurrent) * slowestMs;
    for (const answers of ofChats) {
      expect(answers.length).toBeGreaterThan(1_000);
      expect(slowestMsOf(answers)).toBeLessThanOrEqual(longestWaitMs + slowestMs);
    }
  });
});
