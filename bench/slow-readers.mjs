// 200 clients that open an endless stream and stop reading: what the gateway's memory and other callers' latency do.
// Run after `npm run build`:  node bench/slow-readers.mjs [clients] [seconds]
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGateway, startUpstream } from './gateway-process.mjs';

const clients = Number(process.argv[2] ?? 200);
const seconds = Number(process.argv[3] ?? 20);

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

async function latencyMs(url) {
  const body = JSON.stringify({ model: 'bench/whole', messages: [{ role: 'user', content: 'x' }] });
  const times = [];
  for (let i = 0; i < 100; i += 1) {
    const startedAt = performance.now();
    await (
      await fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
    ).json();
    times.push(performance.now() - startedAt);
  }
  times.sort((one, other) => one - other);
  return { median: times[50].toFixed(1), p95: times[95].toFixed(1) };
}

const upstream = await startUpstream('endless-upstream.mjs');
const gateway = await startGateway({ upstreamUrl: upstream.url });
await latencyMs(gateway.url);
const before = { residentMb: gateway.residentMb(), latency: await latencyMs(gateway.url) };
const sockets = await Promise.all(Array.from({ length: clients }, () => stall(gateway.port)));
let peakMb = 0;
for (let second = 0; second < seconds; second += 1) {
  await sleep(1000);
  peakMb = Math.max(peakMb, gateway.residentMb());
}
const during = await latencyMs(gateway.url);
console.log(`before: ${before.residentMb.toFixed(0)} MiB, latency ms ${JSON.stringify(before.latency)}`);
console.log(
  `${clients} stalled clients for ${seconds} s: at most ${peakMb.toFixed(0)} MiB (+${(peakMb - before.residentMb).toFixed(0)})`,
);
console.log(`latency ms of others meanwhile ${JSON.stringify(during)}`);
for (const socket of sockets) socket.destroy();
gateway.child.kill('SIGINT');
upstream.child.kill();
