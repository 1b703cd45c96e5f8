import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigFileWatch, type ConfigText } from './config-text.js';

describe(ConfigFileWatch.name, () => {
  let folder: string;
  let path: string;
  let given: ConfigText[];
  let watch: ConfigFileWatch;

  const givenTexts = (): string[] => given.map(({ text }) => text);
  const pass = (ms: number): unknown => jest.advanceTimersByTime(ms);

  beforeEach(() => {
    jest.useFakeTimers();
    folder = mkdtempSync(join(tmpdir(), 'mana-llm-watch-'));
    path = join(folder, 'mana-llm.yaml');
    given = [];
    watch = new ConfigFileWatch(path, (file) => given.push(file));
  });

  afterEach(() => {
    watch.stop();
    jest.useRealTimers();
    rmSync(folder, { recursive: true });
  });

  it('gives a file that stood still for 100 ms, once', () => {
    writeFileSync(path, 'a');
    watch.look();
    pass(99);
    expect(given).toEqual([]);
    pass(1);
    expect(givenTexts()).toEqual(['a']);
    pass(1000);
    expect(given).toHaveLength(1);
  });

  it('waits for a writer that empties the file and fills it in pieces', () => {
    writeFileSync(path, '');
    watch.look();
    for (const piece of ['a', 'b', 'c']) {
      pass(90);
      appendFileSync(path, piece);
      watch.look();
      pass(10);
      expect(given).toEqual([]);
    }
    pass(100);
    expect(givenTexts()).toEqual(['abc']);
  });

  it('waits when the same text is written once more', () => {
    writeFileSync(path, 'a');
    utimesSync(path, 1, 1);
    watch.look();
    pass(50);
    utimesSync(path, 2, 2);
    pass(50);
    expect(given).toEqual([]);
    pass(100);
    expect(givenTexts()).toEqual(['a']);
  });

  it('waits when another text of the same size and time is written', () => {
    writeFileSync(path, 'a');
    utimesSync(path, 1, 1);
    watch.look();
    writeFileSync(path, 'b');
    utimesSync(path, 1, 1);
    pass(100);
    expect(given).toEqual([]);
    pass(100);
    expect(givenTexts()).toEqual(['b']);
  });

  it('waits while one file takes the place of another', () => {
    writeFileSync(path, 'a');
    watch.look();
    pass(50);
    writeFileSync(`${path}.new`, 'b');
    renameSync(`${path}.new`, path);
    pass(50);
    expect(given).toEqual([]);
    pass(100);
    expect(givenTexts()).toEqual(['b']);
  });

  it('waits while a link is swapped', () => {
    for (const name of ['a', 'b']) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'mana-llm.yaml'), name);
      utimesSync(join(folder, name, 'mana-llm.yaml'), 1, 1);
    }
    symlinkSync('a', join(folder, '..data'));
    symlinkSync(join('..data', 'mana-llm.yaml'), path);
    watch.look();
    pass(50);
    symlinkSync('b', join(folder, '..new'));
    renameSync(join(folder, '..new'), join(folder, '..data'));
    pass(50);
    expect(given).toEqual([]);
    pass(100);
    expect(givenTexts()).toEqual(['b']);
  });

  it('waits for a file that is gone for a moment', () => {
    writeFileSync(path, 'a');
    watch.look();
    rmSync(path);
    pass(100);
    writeFileSync(path, 'b');
    pass(100);
    expect(given).toEqual([]);
    pass(100);
    expect(givenTexts()).toEqual(['b']);
  });

  it('gives what is wrong with a file that stays away', () => {
    watch.look();
    pass(100);
    expect(given).toMatchObject([{ text: '', mistakes: [{ key: 'MANA_LLM_CONFIG' }] }]);
  });

  it('gives nothing after its stop', () => {
    writeFileSync(path, 'a');
    watch.look();
    watch.stop();
    pass(1000);
    expect(given).toEqual([]);
  });
});
