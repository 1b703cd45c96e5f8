// 200 clients that open an endless stream and stop reading: what the gateway's memory and other callers' latency do.
// Run after `npm run build`:  node bench/slow-readers.mjs [clients] [seconds to hold]
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds, startGateway, startUpstream } from './gateway-process.mjs';

const clients = Number(process.argv[2] ?? 200);
const holdSeconds = Number(process.argv[3] ?? 10);
const CALL_EVERY_MS = 20;
/** More would not fit the kernel's queue of connections, were the gateway away for long. */
const MAX_WAITING = 200;
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

async function oneCallMs(url) {
  const body = JSON.stringify({ model: 'bench/whole', messages: [{ role: 'user', content: 'x' }] });
  const headers = { 'content-type': 'application/json' };
  const startedAt = performance.now();
  await (await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body })).json();
  return performance.now() - startedAt;
}

/**
 * What calls take that begin every `CALL_EVERY_MS`, whether those before are answered or not: one after the other, few would fall
 * into a time in which nothing is answered.
 */
function callOthers(url) {
  const calls = [];
  let waiting = 0;
  const calling = setInterval(() => {
    if (waiting === MAX_WAITING) return;
    waiting += 1;
    calls.push(oneCallMs(url).finally(() => (waiting -= 1)));
  }, CALL_EVERY_MS);
  return async () => {
    clearInterval(calling);
    const times = (await Promise.all(calls)).sort((one, other) => one - other);
    const at = (part) => Number(times[Math.floor((times.length - 1) * part)]?.toFixed(1));
    return JSON.stringify({ calls: times.length, median: at(0.5), p95: at(0.95), max: at(1) });
  };
}

async function latencyAtRest(url) {
  const result = callOthers(url);
  await sleep(2000);
  return result();
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
console.log(`before: ${before.residentMb.toFixed(0)} MiB, latency ms ${before.latency}`);
console.log(
  `${clients} clients that stopped reading: all open after ${openSeconds.toFixed(1)} s, at rest after ${restSeconds.toFixed(1)} s`,
);
console.log(`latency ms of others until then ${whileFilling}`);
console.log(`at rest: ${mb(filledMb)}; ${holdSeconds} s later ${mb(gateway.residentMb())}; peak ${mb(peakMb)}`);
console.log(`latency ms of others at rest ${await latencyAtRest(gateway.url)}`);
for (const socket of sockets) socket.destroy();
gateway.child.kill('SIGINT');
upstream.child.kill();
