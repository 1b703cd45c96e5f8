// One Ollama that takes 100 ms for an answer and four at a time, then two of them under one name: answers a second, and how evenly
// they are spread. Run after `npm run build`:  node bench/two-hosts.mjs [seconds]
import { startGateway, startUpstream } from './gateway-process.mjs';
import { chat } from './steady-load.mjs';

const seconds = Number(process.argv[2] ?? 10);
const CALLERS = 32;

/** Only what is answered in time counts: those that wait at the end would add most to the slower case. */
async function askOn(url, untilMs, results) {
  for (;;) {
    const result = await chat(url, { model: 'pool/m' });
    if (performance.now() > untilMs) return;
    results.push(result);
  }
}

/** Answers a second, and what each host was asked. */
async function measure(count) {
  const hosts = await Promise.all(Array.from({ length: count }, () => startUpstream('ollama-upstream.mjs')));
  const baseUrl = JSON.stringify(hosts.map(({ url }) => url));
  const yaml = `providers: { pool: { kind: ollama, baseUrl: ${baseUrl}, limits: { concurrent: 4 } } }\n`;
  const gateway = await startGateway({ urls: {}, yaml });
  const askedNow = () => Promise.all(hosts.map(async ({ url }) => Number(await (await fetch(`${url}/asked`)).text())));
  const run = async (forSeconds) => {
    const results = [];
    const untilMs = performance.now() + forSeconds * 1000;
    await Promise.all(Array.from({ length: CALLERS }, () => askOn(gateway.url, untilMs, results)));
    return results;
  };
  await run(2);
  const before = await askedNow();
  const results = await run(seconds);
  const asked = (await askedNow()).map((now, index) => now - before[index]);
  gateway.child.kill('SIGINT');
  const failed = results.filter(({ end }) => end !== 'ok').length;
  const perSecond = (results.length - failed) / seconds;
  console.log(
    `${count} hosts: ${perSecond.toFixed(1)} answers a second, ${failed} failed, asked: ${asked.join(' and ')}`,
  );
  return { perSecond, asked };
}

const one = await measure(1);
const two = await measure(2);
const [less, more] = two.asked.sort((few, many) => few - many);
console.log(
  `two / one: ${(two.perSecond / one.perSecond).toFixed(2)}; the busier of two got ${((more / (less + more)) * 100).toFixed(1)} %`,
);
process.exit();
