// Requests that are small to send and dear to read, each kind in a loop: what other callers' latency and the gateway's memory do.
// Run after `npm run build`:  node bench/hostile-requests.mjs [seconds a kind] [at once] [node binary] [part of a kind's name]
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { startGateway, startUpstream } from './gateway-process.mjs';
import { callOthers, latencyAtRest } from './other-callers.mjs';

const [seconds = '8', atOnce = '2', node = process.execPath, only = ''] = process.argv.slice(2);
const HEAP_MB = 512;
const MIB_BYTES = 1024 * 1024;
const UNFOLDED_BYTES = 49 * MIB_BYTES;

const chat = (fields) => ({ model: 'bench/m', temperature: 0, messages: [{ role: 'user', content: 'x' }], ...fields });
const withRaw = (body, raw) => JSON.stringify(body).replace('"RAW"', raw);
const times = (count, item) => Array(count).fill(item);
const listOf = (count, item) => `[${times(count, item).join(',')}]`;
const coded = (text) => ({ body: gzipSync(text), headers: { 'content-encoding': 'gzip' } });
const message = { role: 'user', content: 'x' };
const part = { type: 'text', text: 'x' };

const KINDS = {
  'gzip of brackets': () => coded(withRaw(chat({ x: 'RAW' }), '['.repeat(UNFOLDED_BYTES))),
  'gzip of empty objects': () => coded(withRaw(chat({ x: 'RAW' }), listOf(Math.floor(UNFOLDED_BYTES / 3), '{}'))),
  'gzip of spaces': () => coded(' '.repeat(UNFOLDED_BYTES) + JSON.stringify(chat())),
  '490,000 empty objects': () => ({ body: withRaw(chat({ x: 'RAW' }), listOf(490_000, '{}')) }),
  '330,000 small objects': () => ({ body: withRaw(chat({ x: 'RAW' }), listOf(330_000, '{"a":[]}')) }),
  '990,000 numbers': () => ({ body: withRaw(chat({ x: 'RAW' }), listOf(990_000, '1')) }),
  '10,000 messages': () => ({ body: JSON.stringify(chat({ messages: times(10_000, message) })) }),
  '100,000 messages': () => ({ body: JSON.stringify(chat({ messages: times(100_000, message) })) }),
  '10,000 wrong messages': () => ({ body: JSON.stringify(chat({ messages: times(10_000, { role: 'x' }) })) }),
  '20,000 parts': () => ({
    body: JSON.stringify(chat({ messages: [{ role: 'user', content: times(20_000, part) }] })),
  }),
  '300,000 parts': () => ({
    body: JSON.stringify(chat({ messages: [{ role: 'user', content: times(300_000, part) }] })),
  }),
  '1,000,000 parts': () => ({
    body: JSON.stringify(chat({ messages: [{ role: 'user', content: times(1_000_000, part) }] })),
  }),
  '2,048 texts beside 4 MiB': () => ({
    path: '/v1/embeddings',
    ...coded(JSON.stringify({ model: 'bench/m', input: times(2048, 'x'), user: 'u'.repeat(4 * MIB_BYTES) })),
  }),
  'an image of 30 MB': () => ({
    body: JSON.stringify(
      chat({
        messages: [
          {
            role: 'user',
            content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(30_000_000)}` } }],
          },
        ],
      }),
    ),
  }),
};

async function send(url, { path = '/v1/chat/completions', body, headers }) {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  await response.arrayBuffer();
  return response.status;
}

/** The same request again and again, from several callers at once. */
async function attack(url, request, counts) {
  const endsAt = Date.now() + Number(seconds) * 1000;
  const loop = async () => {
    while (Date.now() < endsAt) {
      const status = await send(url, request).catch(() => 'cut');
      counts[status] = (counts[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: Number(atOnce) }, loop));
}

const upstream = await startUpstream('short-upstream.mjs');
for (const [name, make] of Object.entries(KINDS)) {
  if (!name.includes(only)) continue;
  const gateway = await startGateway({
    upstreamUrl: upstream.url,
    node,
    nodeArguments: [`--max-old-space-size=${HEAP_MB}`],
  });
  await latencyAtRest(gateway.url);
  const beforeMb = gateway.residentMb();
  let peakMb = 0;
  const watching = setInterval(() => (peakMb = Math.max(peakMb, gateway.residentMb())), 50);
  const counts = {};
  const others = callOthers(gateway.url);
  await attack(gateway.url, make(), counts);
  const { median, p99, max, failed } = await others();
  await sleep(100);
  clearInterval(watching);
  const grown = Math.round(peakMb - beforeMb);
  const answers = JSON.stringify(counts);
  console.log(
    `${name.padEnd(26)} answers ${answers.padEnd(16)} others: median ${median}, p99 ${p99}, max ${max} ms, failed ${failed}; +${grown} MiB at the peak`,
  );
  gateway.child.kill('SIGKILL');
}
upstream.child.kill();
