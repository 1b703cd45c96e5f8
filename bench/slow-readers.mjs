// 200 clients that open an endless stream and stop reading: what the gateway's memory and other callers' latency do.
// Run after `npm run build`:  node bench/slow-readers.mjs [clients] [seconds to hold]
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds, startGateway, startUpstream } from './gateway-process.mjs';
import { callOthers, latencyAtRest } from './other-callers.mjs';

const clients = Number(process.argv[2] ?? 200);
const holdSeconds = Number(process.argv[3] ?? 10);
const REST_MS = 500;

const post = (body) =>
  `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/** A client that reads the first bytes and then nothing more. */
function stall(port) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('error', reject);
    socket.once('data', () => {
      socket.pause();
      resolve(socket);
    });
    socket.write(
      post(JSON.stringify({ model: 'bench/endless', stream: true, messages: [{ role: 'user', content: 'x' }] })),
    );
  });
}

/** Waits until a process rests: the kernel's buffers, megabytes a connection, are full. */
async function untilAtRest(pid) {
  const startedAt = performance.now();
  for (let before = cpuSeconds(pid); ; before = cpuSeconds(pid)) {
    await sleep(REST_MS);
    if (cpuSeconds(pid) - before < 0.1 * (REST_MS / 1000) || performance.now() - startedAt > 120_000) return;
  }
}

const upstream = await startUpstream('endless-upstream.mjs');
const gateway = await startGateway({ upstreamUrl: upstream.url, yaml: 'limits: { stalledClientMs: 600000 }\n' });
const { pid } = gateway.child;
await latencyAtRest(gateway.url);
const before = { residentMb: gateway.residentMb(), latency: await latencyAtRest(gateway.url) };
let peakMb = 0;
const watching = setInterval(() => (peakMb = Math.max(peakMb, gateway.residentMb())), 100);
const startedAt = performance.now();
const filling = callOthers(gateway.url);
const sockets = await Promise.all(Array.from({ length: clients }, () => stall(gateway.port)));
const openSeconds = (performance.now() - startedAt) / 1000;
await untilAtRest(pid);
const restSeconds = (performance.now() - startedAt) / 1000;
const whileFilling = await filling();
const filledMb = gateway.residentMb();
await sleep(holdSeconds * 1000);
clearInterval(watching);
const mb = (value) =>
  `${value.toFixed(0)} MiB (${value < before.residentMb ? '' : '+'}${(value - before.residentMb).toFixed(0)})`;
console.log(`before: ${before.residentMb.toFixed(0)} MiB, latency ms ${JSON.stringify(before.latency)}`);
console.log(
  `${clients} clients that stopped reading: all open after ${openSeconds.toFixed(1)} s, at rest after ${restSeconds.toFixed(1)} s`,
);
console.log(`latency ms of others until then ${JSON.stringify(whileFilling)}`);
console.log(`at rest: ${mb(filledMb)}; ${holdSeconds} s later ${mb(gateway.residentMb())}; peak ${mb(peakMb)}`);
console.log(`latency ms of others at rest ${JSON.stringify(await latencyAtRest(gateway.url))}`);
for (const socket of sockets) socket.destroy();
gateway.child.kill('SIGINT');
upstream.child.kill();
