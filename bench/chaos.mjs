// Three upstreams behind one alias are killed and restarted in turn, one being down at any time, under 50 requests a second, half of
// them streams. Run after `npm run build`:  node bench/chaos.mjs [seconds] [seconds that each is down]
import { setTimeout as sleep } from 'node:timers/promises';
import { startGateway, startUpstream } from './gateway-process.mjs';
import { askSteadily, chat, countBy, latencies, metricSum } from './steady-load.mjs';

const seconds = Number(process.argv[2] ?? 300);
const downSeconds = Number(process.argv[3] ?? 5);
const SCRIPT = 'short-upstream.mjs';
const CHAIN = ['a/m', 'b/m', 'c/m'];
const COUNTERS = ['fallback', 'retries', 'hedges'];

const upstreams = await Promise.all(CHAIN.map(() => startUpstream(SCRIPT)));
const [a, b, c] = upstreams.map(({ url }) => url);
const gateway = await startGateway({
  urls: { a, b, c },
  yaml: `aliases: { chaos: { chain: [${CHAIN.join(', ')}] } }\n`,
});

/** Returns how often somebody was killed. */
async function disturb(untilMs) {
  for (let kills = 0; ; kills += 1) {
    if (performance.now() > untilMs) return kills;
    const { child, port } = upstreams[kills % upstreams.length];
    child.kill('SIGKILL');
    await sleep(downSeconds * 1000);
    upstreams[kills % upstreams.length] = await startUpstream(SCRIPT, port);
  }
}

/** Candidates that have failed before one answered, or before none was left. */
const fallbacksOf = ({ end, resolved, attempts = [] }) =>
  end === 'failed' ? attempts.length : Math.max(0, CHAIN.indexOf(resolved));

const askOne = (n) => chat(gateway.url, { model: 'chaos', stream: n % 2 === 0 });
// The first requests are the compiler's.
await askSteadily({ perSecond: 50, seconds: 2, askOne });
const countersNow = () => Promise.all(COUNTERS.map((name) => metricSum(gateway.url, `mana_llm_${name}_total`)));
const before = await countersNow();
const [results, kills] = await Promise.all([
  askSteadily({ perSecond: 50, seconds, askOne }),
  disturb(performance.now() + seconds * 1000),
]);
const [fallbacks, retries, hedges] = (await countersNow()).map((count, index) => count - before[index]);

const ofEnd = (wanted) => results.filter(({ end }) => end === wanted);
const failed = ofEnd('failed');
console.log(
  `${seconds} s, ${kills} kills, each down ${downSeconds} s: ${results.length} requests, ${failed.length} failed`,
);
if (failed.length > 0) console.log(`failed: ${JSON.stringify(countBy(failed.map(({ why }) => why)))}`);
console.log(`broken after the first word: ${ofEnd('broken').length} (they end in an error frame)`);
console.log(latencies(results));
console.log(`answered by: ${JSON.stringify(countBy(results.map(({ resolved }) => resolved)))}`);
const seen = results.reduce((sum, result) => sum + fallbacksOf(result), 0);
console.log(`fallbacks: ${seen} seen by callers, ${fallbacks} in /metrics; retries ${retries}, hedges ${hedges}`);
process.exit(failed.length === 0 && seen === fallbacks ? 0 : 1);
