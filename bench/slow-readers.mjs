// Clients that open an endless stream all at once and stop reading: what the gateway's memory, its event loop and other callers'
// latency do. Run after `npm run build`:  node bench/slow-readers.mjs [clients] [seconds to hold] [node binary] [node arguments]
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { keepToCore, mainThreadMs, startGateway, startUpstream } from './gateway-process.mjs';
import { callOthers, latencyAtRest, probeLiveness } from './other-callers.mjs';

const [clientCount = '1000', seconds = '10', node = process.execPath, ...nodeArguments] = process.argv.slice(2);
const clients = Number(clientCount);
const holdSeconds = Number(seconds);
const REST_MS = 2000;
const MAX_FILLING_MS = 180_000;
/** As in `npm run bench`: the gateway has one core, everything else the other ones. */
const CORES = { gateway: 0, others: 1 };
const OTHERS_MODEL = 'other/whole';

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

const written = async (url) => Number(await (await fetch(`${url}/written`)).text());

/** Waits until the upstream writes nothing more: the kernel's buffers, megabytes a connection, are full. */
async function untilAtRest(url) {
  const startedAt = performance.now();
  for (let before = -1, now = await written(url); now !== before; before = now, now = await written(url)) {
    if (performance.now() - startedAt > MAX_FILLING_MS) return;
    await sleep(REST_MS);
  }
}

keepToCore(process.pid, CORES.others);
const upstream = await startUpstream('endless-upstream.mjs');
// The readers' server is busy itself.
const othersUpstream = await startUpstream('endless-upstream.mjs');
const gateway = await startGateway({
  urls: { bench: upstream.url, other: othersUpstream.url },
  yaml: 'limits: { stalledClientMs: 600000 }\n',
  node,
  nodeArguments: ['--require', new URL('event-loop-delay.cjs', import.meta.url).pathname, ...nodeArguments],
});
const { pid } = gateway.child;
keepToCore(pid, CORES.gateway);
await latencyAtRest(gateway.url, OTHERS_MODEL);
const before = { residentMb: gateway.residentMb(), latency: await latencyAtRest(gateway.url, OTHERS_MODEL) };
await gateway.loop();
let peakMb = 0;
const watching = setInterval(() => (peakMb = Math.max(peakMb, gateway.residentMb())), 100);
const startedAt = performance.now();
const busyMs = () => mainThreadMs(pid);
const others = () => {
  const ends = [callOthers(gateway.url, { busyMs, model: OTHERS_MODEL }), probeLiveness(gateway.url, { busyMs })];
  return () => Promise.all(ends.map((end) => end()));
};
const opening = others();
const sockets = await Promise.all(Array.from({ length: clients }, () => stall(gateway.port)));
const openSeconds = (performance.now() - startedAt) / 1000;
const whileOpening = await opening();
const openingLoop = await gateway.loop();
const filling = others();
await untilAtRest(upstream.url);
const restSeconds = (performance.now() - startedAt) / 1000;
const whileFilling = await filling();
const fillingLoop = await gateway.loop();
const filledMb = gateway.residentMb();
await sleep(holdSeconds * 1000);
clearInterval(watching);
const mb = (value) =>
  `${value.toFixed(0)} MiB (${value < before.residentMb ? '' : '+'}${(value - before.residentMb).toFixed(0)})`;
console.log(`before: ${before.residentMb.toFixed(0)} MiB, latency ms ${JSON.stringify(before.latency)}`);
console.log(
  `${clients} clients that stopped reading: all open after ${openSeconds.toFixed(1)} s, at rest after ${restSeconds.toFixed(1)} s`,
);
const tell = (when, [chats, probes], loop) => {
  console.log(`${when}: chats, ms ${JSON.stringify(chats)}`);
  console.log(`${when}: probes with new connections, ms ${JSON.stringify(probes)}`);
  console.log(`${when}: delays of the event loop, ms ${JSON.stringify(loop)}`);
};
tell('while all open', whileOpening, openingLoop);
tell('while buffers fill', whileFilling, fillingLoop);
const kibEach = ((peakMb - before.residentMb) * 1024) / clients;
console.log(
  `at rest: ${mb(filledMb)}; ${holdSeconds} s later ${mb(gateway.residentMb())}; peak ${mb(peakMb)}, ${kibEach.toFixed(0)} KiB a client`,
);
console.log(`latency ms of others at rest ${JSON.stringify(await latencyAtRest(gateway.url, OTHERS_MODEL))}`);
for (const socket of sockets) socket.destroy();
gateway.child.kill('SIGINT');
upstream.child.kill();
othersUpstream.child.kill();
