import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

describe('sum-counts', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mana-llm-counts-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const sum = (...logs: string[]) => {
    const files = logs.map((log, index) => {
      const file = join(folder, `${index}.log`);
      writeFileSync(file, log);
      return file;
    });
    const { status, stdout } = spawnSync(process.execPath, [join(__dirname, 'sum-counts.mjs'), ...files], {
      encoding: 'utf8',
    });
    return { status, lines: stdout.trimEnd().split('\n') };
  };

  it.each([
    ['sums two runs', ['x\n3 passed, 0 failed\n', '2 passed, 0 failed\n'], 0, '5 passed, 0 failed'],
    [
      'says what was skipped',
      ['3 passed, 0 failed, 4 skipped\n', '2 passed, 0 failed\n'],
      0,
      '5 passed, 0 failed, 4 skipped',
    ],
    ['fails where the first has failed', ['3 passed, 2 failed\n', '2 passed, 0 failed\n'], 1, '5 passed, 2 failed'],
    ['fails where the second has failed', ['3 passed, 0 failed\n', '0 passed, 1 failed\n'], 1, '3 passed, 1 failed'],
    ['counts a run that did not end', ['3 passed, 0 failed\nstep 2', '2 passed, 0 failed\n'], 1, '2 passed, 1 failed'],
    ['counts a run without output', ['3 passed, 0 failed\n', ''], 1, '3 passed, 1 failed'],
    ['counts a run without a test', ['3 passed, 0 failed\n', '0 passed, 0 failed\n'], 1, '3 passed, 1 failed'],
  ])('%s', (_title, logs, status, line) => {
    const summed = sum(...logs);
    expect([summed.status, summed.lines.at(-1)]).toEqual([status, line]);
  });

  it('names the run that did not end', () => {
    expect(sum('3 passed, 0 failed\n', 'killed\n').lines[0]).toMatch(/1\.log does not end in a count of tests\.$/);
  });
});
