// Many streams at once, every fault mixed in at random, clients leaving at random: every answer ends in one of the two ways,
// the upstream's connections return to 0, memory after is within 15 % of memory after the first minute.
// Run after `npm run build`:  npx tsc -p bench/tsconfig.json && node .cache/bench/soak.js [seconds] [streams]
import type { ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type SoakResult, soakOnce } from './soak-client.js';
import { type SoakUpstream, startSoakUpstream } from './soak-upstream.js';

interface RunningGateway {
  child: ChildProcess;
  url: string;
  residentMb(): number;
}

interface GatewayProcess {
  startGateway: (options: {
    upstreamUrl: string;
    yaml: string;
    env: Record<string, string>;
  }) => Promise<RunningGateway>;
}

const seconds = Number(process.argv[2] ?? 600);
const streams = Number(process.argv[3] ?? 100);
/** The first minute is for warming up; of a short run, its first third. */
const warmUpSeconds = Math.min(60, seconds / 3);
const MAX_GROWTH = 0.15;
const MAX_SHOWN = 10;
/** Longer than an upstream keeps idle connections. */
const CONNECTIONS_CLOSE_WITHIN_SECONDS = 30;
const YAML =
  'timeouts: { firstTokenMs: 5000, idleMs: 3000, totalMs: 60000 }\nrouting: { retries: 0, breaker: { failures: 1000000000 } }\nlimits: { heartbeatMs: 100, answerMb: 8 }\n';

class Tally {
  readonly ends = new Map<string, number>();
  readonly violations: string[] = [];

  add({ end, violation }: SoakResult): void {
    this.ends.set(end, (this.ends.get(end) ?? 0) + 1);
    if (violation !== undefined) this.violations.push(violation);
  }
}

async function worker(url: string, untilMs: number, tally: Tally): Promise<void> {
  while (performance.now() < untilMs) tally.add(await soakOnce(url));
}

/** Resident memory, second by second. */
async function watch(gateway: RunningGateway, untilMs: number): Promise<number[]> {
  const samples: number[] = [];
  while (performance.now() < untilMs) {
    await sleep(1000);
    samples.push(gateway.residentMb());
    if (samples.length % 30 === 0) console.log(`${samples.length} s: ${samples.at(-1)?.toFixed(0)} MiB`);
  }
  return samples;
}

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

async function closedConnections(upstream: SoakUpstream): Promise<number> {
  for (let second = 0; second < CONNECTIONS_CLOSE_WITHIN_SECONDS; second += 1) {
    if ((await upstream.openConnections()) === 0) return 0;
    await sleep(1000);
  }
  return upstream.openConnections();
}

async function inFlight(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  // The request for the metrics is one itself.
  return Number(/^mana_llm_requests_in_flight (\d+)$/m.exec(text)?.[1] ?? NaN) - 1;
}

const { startGateway } = (await import(pathToFileURL(resolve('bench/gateway-process.mjs')).href)) as GatewayProcess;
const upstream = await startSoakUpstream();
const gateway = await startGateway({ upstreamUrl: upstream.url, yaml: YAML, env: {} });
const tally = new Tally();
const untilMs = performance.now() + seconds * 1000;
const workers = Array.from({ length: streams }, () => worker(gateway.url, untilMs, tally));
const samples = await watch(gateway, untilMs);
await Promise.all(workers);
const open = await closedConnections(upstream);
const running = await inFlight(gateway.url);

const window = Math.max(1, Math.floor(warmUpSeconds / 3));
const beforeMb = mean(samples.slice(Math.floor(warmUpSeconds) - window, Math.floor(warmUpSeconds)));
const afterMb = mean(samples.slice(-window));
const growth = afterMb / beforeMb - 1;
console.log(`${seconds} s with ${streams} at once: ${JSON.stringify(Object.fromEntries(tally.ends))}`);
console.log(
  `memory: ${beforeMb.toFixed(0)} MiB after ${warmUpSeconds.toFixed(0)} s, ${afterMb.toFixed(0)} MiB at the end (${(growth * 100).toFixed(1)} %), at most ${Math.max(...samples).toFixed(0)} MiB`,
);
console.log(`left open at the end: ${open} upstream connections, ${running} requests`);
console.log(`wrong answers: ${tally.violations.length}`);
for (const violation of tally.violations.slice(0, MAX_SHOWN)) console.log(`- ${violation}`);
gateway.child.kill('SIGINT');
upstream.stop();
process.exitCode = tally.violations.length === 0 && open === 0 && running === 0 && growth < MAX_GROWTH ? 0 : 1;
// Connections that are kept alive would keep the process.
process.exit();
