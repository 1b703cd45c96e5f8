// Twice a second 100 clients open streams at once and leave at the first byte, or after 50 ms, while another caller sends 20
// requests a second. Run after `npm run build`:  node bench/leaving-clients.mjs [seconds]
import { setTimeout as sleep } from 'node:timers/promises';
import { startGateway, startUpstream } from './gateway-process.mjs';
import { askSteadily, chat, countBy, latencies, metricSum } from './steady-load.mjs';

const seconds = Number(process.argv[2] ?? 10);
const CLIENTS = 100;
const PATIENCE_MS = 50;
const WAVE_MS = 500;
const upstream = await startUpstream('endless-upstream.mjs');

async function openAndLeave(url) {
  const leaving = new AbortController();
  const body = {
    model: 'bench/slow-100000',
    stream: true,
    messages: [{ role: 'user', content: String(Math.random()) }],
  };
  const opened = fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-mana-llm-caller': 'leaves' },
    body: JSON.stringify(body),
    signal: leaving.signal,
  });
  const begun = opened.then(({ body: bytes }) => bytes.getReader().read()).catch(() => {});
  await Promise.race([begun, sleep(PATIENCE_MS)]);
  leaving.abort();
  await begun;
}

async function measure(label, yaml) {
  const gateway = await startGateway({ upstreamUrl: upstream.url, yaml });
  const askOne = () => chat(gateway.url, { model: 'bench/whole' }, { 'x-mana-llm-caller': 'stays' });
  await askSteadily({ perSecond: 20, seconds: 2, askOne });
  const untilMs = performance.now() + seconds * 1000;
  const leave = async () => {
    const begins = performance.now();
    for (let waves = 0; ; waves += 1) {
      await sleep(Math.max(0, begins + waves * WAVE_MS - performance.now()));
      if (performance.now() > untilMs) return waves;
      await Promise.all(Array.from({ length: CLIENTS }, () => openAndLeave(gateway.url)));
    }
  };
  const [results, waves] = await Promise.all([askSteadily({ perSecond: 20, seconds, askOne }), leave()]);
  const refused = results.filter(({ end }) => end !== 'ok');
  const openBreakers = await metricSum(gateway.url, 'mana_llm_breaker_state');
  gateway.child.kill('SIGINT');
  console.log(
    `${label}: ${waves} waves of ${CLIENTS} clients that left; of ${results.length} others ${refused.length} refused`,
  );
  console.log(
    `  ${latencies(results)}; open breakers ${openBreakers} ${JSON.stringify(countBy(refused.map(({ why }) => why)))}`,
  );
}

await measure('no limit', '');
await measure('four at a time', 'limits: { concurrent: 4 }\n');
process.exit();
