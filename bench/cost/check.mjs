// `npm run bench:check`: fails where a ratio to the floor is over 15 % higher than `bench/baseline.json` says. `--write` writes it anew.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runBench } from './bench.mjs';
import { LIVE_ROWS, SHORT_ROWS } from './rows.mjs';
import { floor, gateway } from './targets.mjs';

const TOLERATED = 1.15;
const ROUNDS = 3;
const file = fileURLToPath(new URL('../baseline.json', import.meta.url));
const isChecked = (row) => row.isChecked === true;

const { values } = parseArgs({
  options: { node: { type: 'string', default: process.execPath }, write: { type: 'boolean', default: false } },
});
const version = execFileSync(values.node, ['--version'], { encoding: 'utf8' }).trim();
const major = /^v(\d+)/.exec(version)[1];
const baseline = JSON.parse(readFileSync(file, 'utf8'));

const { rows } = await runBench({
  kinds: [floor(values.node), gateway(values.node)],
  shortRows: SHORT_ROWS.filter(isChecked),
  liveRows: LIVE_ROWS.filter(isChecked),
  rounds: ROUNDS,
});
const ratios = Object.entries(rows).map(([name, cells]) => [name, Number(cells['mana-llm'].ratio.toFixed(2))]);

if (values.write) {
  baseline[major] = Object.fromEntries(ratios);
  writeFileSync(file, `${JSON.stringify(baseline, null, 2)}\n`);
}
console.log(`Node ${version}, ratios to the floor`);
for (const [name, ratio] of ratios) {
  const known = baseline[major]?.[name];
  const isWorse = known !== undefined && ratio > known * TOLERATED;
  console.log(`${isWorse ? 'WORSE' : 'ok   '} ${name}: ${ratio} (baseline ${known ?? 'none'})`);
  if (isWorse) process.exitCode = 1;
}
process.exit();
