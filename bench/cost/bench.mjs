// `npm run bench`: what the built gateway costs, as ratios to the floor in the same run. Linux, two cores or more.
//   --node <binary>               the Node that the floor and the gateway run on
//   --peer name=command           another gateway, which listens at $PORT and asks $UPSTREAM; may be given again
//   --peer-header 'name: value'   for the requests to peers
//   --rounds <number>             rounds of the short rows (3)
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { measureLive, measureShort } from './load.mjs';
import { residentMb } from './process-tree.mjs';
import { summarize, table } from './report.mjs';
import { LIVE_ROWS, SHORT_ROWS } from './rows.mjs';
import { CORES, floor, gateway, peer, startTarget, startUpstream } from './targets.mjs';

const WARM_UP_SECONDS = 3;
const SHORT_SECONDS = 3;
const LIVE_SECONDS = 10;
const IDLE_MS = 3000;

const split = (text, separator) => {
  const at = text.indexOf(separator);
  if (at < 1) throw new Error(`${text}: a "${separator}" is missing`);
  return [text.slice(0, at), text.slice(at + 1).trim()];
};

/** Measures the rows with each target in turn; `{ row: { target: [round, ...] } }`. */
async function measureShortRows(targets, rows, rounds) {
  const figures = {};
  for (const row of rows) for (const target of targets) await measureShort(target, row, WARM_UP_SECONDS);
  for (let round = 0; round < rounds; round += 1) {
    for (const row of rows) {
      for (const target of targets) {
        const figure = await measureShort(target, row, SHORT_SECONDS);
        ((figures[row.name] ??= {})[target.name] ??= []).push(figure);
      }
    }
    console.error(`round ${round + 1} of ${rounds} is done`);
  }
  return figures;
}

/** Each target is started anew: what one row leaves in memory is not counted for the next one. */
async function measureLiveRows(kinds, rows, upstream) {
  const figures = {};
  for (const row of rows) {
    for (const kind of kinds) {
      const target = await startTarget(kind, upstream);
      await sleep(IDLE_MS);
      const figure = await measureLive(target, row, { upstream, seconds: LIVE_SECONDS });
      (figures[row.name] ??= {})[kind.name] = [figure];
      await target.stop();
    }
    console.error(`${row.name}: done`);
  }
  return figures;
}

/** Runs the rows; `{ rows: { row: { target: summary } }, starts: { target: { startMs, idleMb } } }`. */
export async function runBench({ kinds, shortRows = SHORT_ROWS, liveRows = LIVE_ROWS, rounds = 3 }) {
  execFileSync('taskset', ['-pc', String(CORES.load), String(process.pid)]);
  const upstream = await startUpstream();
  const targets = [];
  for (const kind of kinds) targets.push(await startTarget(kind, upstream));
  await sleep(IDLE_MS);
  const starts = Object.fromEntries(
    targets.map(({ name, startMs, pid }) => [name, { startMs, idleMb: residentMb(pid) }]),
  );
  const short = await measureShortRows(targets, shortRows, rounds);
  await Promise.all(targets.map((target) => target.stop()));
  const figures = { ...short, ...(await measureLiveRows(kinds, liveRows, upstream)) };
  const rows = Object.entries(figures).map(([row, byTarget]) => {
    const summaries = Object.entries(byTarget).map(([name, all]) => [name, summarize(all, byTarget.floor)]);
    return [row, Object.fromEntries(summaries)];
  });
  return { rows: Object.fromEntries(rows), starts };
}

async function main() {
  const { values } = parseArgs({
    options: {
      node: { type: 'string', default: process.execPath },
      peer: { type: 'string', multiple: true, default: [] },
      'peer-header': { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string', default: '3' },
    },
  });
  const headers = Object.fromEntries(values['peer-header'].map((text) => split(text, ':')));
  const peers = values.peer.map((text) => peer(...split(text, '='), headers));
  const kinds = [floor(values.node), gateway(values.node), ...peers];
  const result = await runBench({ kinds, rounds: Number(values.rounds) });
  const node = execFileSync(values.node, ['--version'], { encoding: 'utf8' }).trim();
  const names = kinds.map(({ name }) => name);
  console.log(`Node ${node}, ${cpus()[0].model}\n\n${table(result.rows, names)}\n`);
  for (const [name, { startMs, idleMb }] of Object.entries(result.starts)) {
    console.log(`${name}: start to first answer ${startMs.toFixed(0)} ms, idle ${idleMb.toFixed(0)} MB`);
  }
  const folder = fileURLToPath(new URL('../results/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const file = `${folder}${new Date().toISOString().replace(/[:.]/g, '-')}-node-${node}.json`;
  writeFileSync(file, `${JSON.stringify({ node, machine: cpus()[0].model, ...result }, null, 2)}\n`);
  console.log(`written: ${file}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main();
  process.exit(0);
}
