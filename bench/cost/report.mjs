// The figures of `npm run bench`: medians, their spread, and the ratio to the floor in the same run.

export function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** One row and target: all rounds as one. A ratio compares two figures of one round. */
export function summarize(rounds, floorRounds) {
  const us = rounds.map((round) => round.us);
  const ratios = us.map((value, n) => value / floorRounds[n].us);
  const summary = { us: median(us), lowestUs: Math.min(...us), highestUs: Math.max(...us), ratio: median(ratios) };
  for (const name of ['medianMs', 'p99Ms', 'kbPerStream']) {
    if (rounds[0][name] !== undefined) summary[name] = median(rounds.map((round) => round[name]));
  }
  return summary;
}

const cell = ({ us, lowestUs, highestUs, ratio, kbPerStream }) => {
  const memory = kbPerStream === undefined ? '' : ` ${kbPerStream.toFixed(0)} KB`;
  return `${us.toFixed(0)} (${lowestUs.toFixed(0)}-${highestUs.toFixed(0)}) ${ratio.toFixed(2)}x${memory}`;
};

/** The table for the terminal: `rows` are `{ name: { target: summary } }`. */
export function table(rows, targets) {
  const lines = [
    ['CPU, us: median (lowest-highest), ratio', ...targets],
    ...Object.entries(rows).map(([name, cells]) => [name, ...targets.map((target) => cell(cells[target]))]),
  ];
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines.map((line) => line.map((text, column) => text.padEnd(widths[column])).join('  ')).join('\n');
}
