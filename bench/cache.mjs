// What a hit costs against a miss, in CPU time of the gateway, and what 1,000 equal streams at once do.
// Run after `npm run build`:  node bench/cache.mjs [redis url]
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds } from './cost/process-tree.mjs';
import { startGateway, startUpstream } from './gateway-process.mjs';

const redisUrl = process.argv[2];
const REQUESTS = 2000;
const upstream = await startUpstream('endless-upstream.mjs');

async function ask(url, body) {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'bench/whole', temperature: 0, ...body }),
  });
  return { text: await response.text(), result: response.headers.get('x-mana-llm-cache') };
}

const message = (text) => ({ messages: [{ role: 'user', content: text }] });

/** CPU microseconds a request, ten at a time. */
async function cost({ url, child }, label, bodyOf) {
  const run = async (count, from) => {
    const results = {};
    let next = from;
    const worker = async () => {
      while (next < from + count) {
        const { result } = await ask(url, bodyOf(next++));
        results[result] = (results[result] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: 10 }, worker));
    return results;
  };
  await run(500, 0);
  const before = cpuSeconds(child.pid);
  const results = await run(REQUESTS, 500);
  console.log(
    `${label}: ${(((cpuSeconds(child.pid) - before) / REQUESTS) * 1e6).toFixed(0)} us ${JSON.stringify(results)}`,
  );
}

async function equalStreams({ url, residentMb }) {
  const before = residentMb();
  let peak = before;
  const watching = setInterval(() => (peak = Math.max(peak, residentMb())), 50);
  const body = { ...message('equal'), model: 'bench/slow-20', stream: true };
  const startedAt = performance.now();
  const answers = await Promise.all(Array.from({ length: 1000 }, () => ask(url, body)));
  clearInterval(watching);
  const whole = answers.filter(({ text }) => text.endsWith('data: [DONE]\n\n')).length;
  const results = {};
  for (const { result } of answers) results[result] = (results[result] ?? 0) + 1;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(
    `1,000 equal streams of 2 s: ${whole} whole in ${seconds} s, ${JSON.stringify(results)}; memory ${before.toFixed(0)} MiB, at most ${peak.toFixed(0)} MiB`,
  );
}

const gateway = await startGateway({ upstreamUrl: upstream.url });
// Twice: the first round is the compiler's.
for (let round = 0; round < 2; round += 1) {
  await cost(gateway, 'bypass', (n) => ({ ...message(`text ${n}`), temperature: 1 }));
  await cost(gateway, 'miss', (n) => message(`round ${round}, text ${n}`));
  await cost(gateway, 'hit in memory', () => message('the same'));
}
await equalStreams(gateway);
gateway.child.kill('SIGINT');
if (redisUrl !== undefined) {
  const env = { REDIS_URL: redisUrl };
  const writer = await startGateway({ upstreamUrl: upstream.url, env });
  const reader = await startGateway({ upstreamUrl: upstream.url, env });
  const run = Math.random();
  await sleep(500);
  await cost(writer, 'miss, written to Redis', (n) => message(`shared ${run} ${n}`));
  await sleep(500);
  await cost(reader, 'hit in Redis', (n) => message(`shared ${run} ${n}`));
  writer.child.kill('SIGINT');
  reader.child.kill('SIGINT');
}
upstream.child.kill();
