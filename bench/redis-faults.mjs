// 100 requests a second while Redis is frozen, killed and restarted: what the slowest took, how many waited, how many failed.
// Wants `redis-server`. Run after `npm run build`:  node bench/redis-faults.mjs [seconds a phase]
import { spawn } from 'node:child_process';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGateway, startUpstream } from './gateway-process.mjs';

const seconds = Number(process.argv[2] ?? 10);

const freePort = () =>
  new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

const port = await freePort();
const startRedis = async () => {
  const child = spawn('redis-server', ['--port', String(port), '--save', '', '--appendonly', 'no'], {
    stdio: 'ignore',
  });
  await sleep(500);
  return child;
};

let redis = await startRedis();
const upstream = await startUpstream('endless-upstream.mjs');
const gateway = await startGateway({
  upstreamUrl: upstream.url,
  env: { REDIS_URL: `redis://127.0.0.1:${port}`, LOG_LEVEL: 'info' },
});

async function ask(text) {
  const startedAt = performance.now();
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'bench/whole', temperature: 0, messages: [{ role: 'user', content: text }] }),
  });
  await response.text();
  return { ok: response.status === 200, ms: performance.now() - startedAt };
}

let asked = 0;
async function phase(name) {
  const answers = [];
  for (let n = 0; n < seconds * 100; n += 1) {
    answers.push(ask(`text ${(asked += 1)}`).catch(() => ({ ok: false, ms: 0 })));
    await sleep(9);
  }
  const all = (await Promise.all(answers)).sort((one, other) => other.ms - one.ms);
  const failed = all.filter(({ ok }) => !ok).length;
  const waited = all.filter(({ ms }) => ms > 100).length;
  const { redis: status } = await (await fetch(`${gateway.url}/health`)).json();
  console.log(
    `${name}: ${all.length} requests, ${failed} failed, slowest ${all[0].ms.toFixed(0)} ms, ${waited} waited over 100 ms; ${JSON.stringify(status)}`,
  );
}

await phase('Redis up');
redis.kill('SIGSTOP');
await phase('frozen');
redis.kill('SIGCONT');
await phase('thawed');
redis.kill('SIGKILL');
await phase('killed');
redis = await startRedis();
await phase('restarted');
gateway.child.kill('SIGINT');
redis.kill();
upstream.child.kill();
