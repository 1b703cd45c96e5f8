import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Progress } from './progress.mjs';

describe(Progress.name, () => {
  let folder: string;
  let nowMs: number;
  let lines: string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mana-llm-progress-'));
    nowMs = 1_000;
    lines = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const create = () =>
    new Progress(8, join(folder, 'new', 'duration'), { now: () => nowMs, write: (line: string) => lines.push(line) });

  it('says how many steps there are, and the time so far', () => {
    const sut = create();
    sut.heading('install');
    nowMs += 129_600;
    sut.heading('tests');
    expect(lines).toEqual(['\n=== 1 of 8, 0:00 so far: install', '\n=== 2 of 8, 2:10 so far: tests']);
  });

  it('says how long it usually takes, and how long it took here', () => {
    const first = create();
    first.begin();
    nowMs += 541_000;
    first.keep();
    create().begin();
    expect(lines[0]).toMatch(/^This takes about 7 minutes on two idle cores/);
    expect(lines[0]).not.toContain('last time');
    expect(lines[1]).toMatch(/; the last time here it took 9:01\.$/);
  });

  it('says what another verification usually takes', () => {
    const write = (line: string) => lines.push(line);
    new Progress(2, join(folder, 'duration'), { usual: 'a minute', write }).begin();
    expect(lines).toEqual(['This takes a minute.']);
  });
});
