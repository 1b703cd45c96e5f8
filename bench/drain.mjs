// 50 streams are running when SIGTERM comes: how each of them ends, and how long the process takes to exit.
// Run after `npm run build`:  node bench/drain.mjs [streams] [DRAIN_GRACE seconds] [DRAIN_TIMEOUT seconds]
import { startGateway, startUpstream } from './gateway-process.mjs';

const [streams, grace, timeout] = [process.argv[2] ?? 50, process.argv[3] ?? 1, process.argv[4] ?? 3].map(Number);

/** `complete`, `error frame <code>` or `cut`. */
async function endOf(url, model) {
  const body = JSON.stringify({ model: `bench/${model}`, stream: true, messages: [{ role: 'user', content: 'x' }] });
  try {
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const text = await answer.text();
    if (text.endsWith('data: [DONE]\n\n')) return 'complete';
    const last = JSON.parse(text.trimEnd().split('data: ').at(-1));
    return last.error === undefined ? 'cut' : `error frame ${last.error.code}`;
  } catch {
    return 'cut';
  }
}

const upstream = await startUpstream('endless-upstream.mjs');
const env = { DRAIN_GRACE: String(grace), DRAIN_TIMEOUT: String(timeout) };
const gateway = await startGateway({ upstreamUrl: upstream.url, env });
// Half of them end by themselves within the timeout, half would go on for ever.
const ends = Array.from({ length: streams }, (_, i) => endOf(gateway.url, i % 2 === 0 ? 'slow-20' : 'slow-100000'));
await new Promise((resolve) => setTimeout(resolve, 1000));
const startedAt = performance.now();
const exit = new Promise((resolve) =>
  gateway.child.once('exit', (code) => resolve({ code, seconds: (performance.now() - startedAt) / 1000 })),
);
gateway.child.kill('SIGTERM');
await new Promise((resolve) => setTimeout(resolve, 100));
const ready = await fetch(`${gateway.url}/health/ready`).then(
  (answer) => answer.status,
  () => 'no connection',
);
const counts = {};
for (const end of await Promise.all(ends)) counts[end] = (counts[end] ?? 0) + 1;
const { code, seconds } = await exit;
console.log(`ready during the grace: ${ready}; ends: ${JSON.stringify(counts)}`);
console.log(`exit ${code} after ${seconds.toFixed(2)} s (grace ${grace} s, timeout ${timeout} s)`);
upstream.child.kill();
