// Many live streams of one frame a second in one process: its memory, its CPU, and whether a frame gets lost. The load and the
// upstream are processes of their own. Run after `npm run build`:  node bench/many-streams.mjs [streams] [seconds] [node binary]
// The gateway needs two open files a stream: `ulimit -n 20000` for 9,000.
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { measureLive } from './cost/load.mjs';
import { residentMb } from './cost/process-tree.mjs';
import { CORES, gateway, startTarget, startUpstream } from './cost/targets.mjs';

const [streamCount = '9000', seconds = '20', node = process.execPath] = process.argv.slice(2);
const streams = Number(streamCount);
const IDLE_MS = 3000;
const body = JSON.stringify({ model: 'openai/live-1', stream: true, messages: [{ role: 'user', content: 'x' }] });

execFileSync('taskset', ['-pc', String(CORES.load), String(process.pid)]);
const upstream = await startUpstream();
const target = await startTarget(gateway(node), upstream);
await sleep(IDLE_MS);
const idleMb = residentMb(target.pid);
// Throws where a frame is missing or a stream is not whole.
const row = { streams, path: '/v1/chat/completions', body };
const { us, kbPerStream, frames } = await measureLive(target, row, { upstream, seconds: Number(seconds) });
const core = ((us * frames) / (Number(seconds) * 1e6)) * 100;
console.log(`${streams} streams: ${idleMb.toFixed(0)} MB idle, ${kbPerStream.toFixed(0)} KB more for each stream`);
console.log(
  `${frames} frames in ${seconds} s, lost 0: ${us.toFixed(0)} us of CPU each, ${core.toFixed(0)} % of a core`,
);
await target.stop();
process.exit(0);
