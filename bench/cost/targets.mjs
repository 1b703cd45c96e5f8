// Starts what `npm run bench` measures: the floor, the built gateway, and peers, each on a core of its own.
import { spawn } from 'node:child_process';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { FIRST_REQUEST } from './rows.mjs';

const START_LIMIT_MS = 60_000;
const root = fileURLToPath(new URL('../..', import.meta.url));
const floorScript = fileURLToPath(new URL('floor.mjs', import.meta.url));
const upstreamScript = fileURLToPath(new URL('upstream.mjs', import.meta.url));

/** The target has a core of its own; on two cores, the load and the upstream share the other one. */
export const CORES = { target: 0, load: 1, upstream: availableParallelism() > 2 ? 2 : 1 };

const logs = mkdtempSync(join(tmpdir(), 'mana-llm-bench-'));
const running = new Set();
process.once('exit', () => {
  for (const child of running) killGroup(child);
  rmSync(logs, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

function killGroup(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** A command on one core, as the leader of a process group of its own. */
function start(core, command, options) {
  const child = spawn('taskset', ['-c', String(core), ...command], { detached: true, cwd: root, ...options });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

export async function startUpstream() {
  const child = start(CORES.upstream, [process.execPath, upstreamScript], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return `http://127.0.0.1:${JSON.parse(line).port}`;
}

export const floor = (node) => ({ name: 'floor', command: [node, floorScript] });

/** The built service as it runs in production: checks, limits, metrics, logs and cache are on. */
export const gateway = (node) => ({
  name: 'mana-llm',
  command: [node, 'dist/apps/mana-llm/src/main.js'],
  environment: (upstream) => ({ HOST: '127.0.0.1', OPENAI_API_KEY: 'bench-key', OPENAI_BASE_URL: `${upstream}/v1` }),
});

/** Another gateway: a shell command that listens at `$PORT` and asks `$UPSTREAM`. */
export const peer = (name, command, headers = {}) => ({ name, command: ['sh', '-c', `exec ${command}`], headers });

/** Starts a target; resolves once it has answered, with the time that this took. */
export async function startTarget({ name, command, environment = () => ({}), headers = {} }, upstream) {
  const port = await freePort();
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, PORT: String(port), UPSTREAM: upstream, ...environment(upstream) };
  // A log that nobody reads costs less than one in production: it goes to a file.
  const log = openSync(join(logs, `${name}.log`), 'a');
  const startedAtMs = performance.now();
  const child = start(CORES.target, command, { env, stdio: ['ignore', log, log] });
  const target = {
    name,
    pid: child.pid,
    url: `http://127.0.0.1:${port}`,
    headers: Object.fromEntries(
      Object.entries(headers).map(([field, value]) => [field, value.replace('$UPSTREAM', upstream)]),
    ),
    stop: async () => {
      const ended = once(child, 'exit');
      killGroup(child);
      await ended;
    },
  };
  await firstAnswer(target, startedAtMs + START_LIMIT_MS);
  return { ...target, startMs: performance.now() - startedAtMs };
}

async function firstAnswer(target, deadlineMs) {
  while (performance.now() < deadlineMs) {
    const status = await ask(target, FIRST_REQUEST).catch(() => undefined);
    if (status === 200) return;
    await sleep(5);
  }
  throw new Error(`${target.name} did not answer within ${START_LIMIT_MS / 1000} seconds`);
}

async function ask({ url, headers }, { path, body }) {
  const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body };
  const response = await fetch(url + path, init);
  await response.arrayBuffer();
  return response.status;
}
