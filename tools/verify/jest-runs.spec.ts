import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ALWAYS_BUILT,
  builtArguments,
  coverageArguments,
  NEVER_BUILT,
  REAL_OLLAMA,
  TEST_FOLDER,
} from './jest-runs.mjs';

const pathOf = (name: string): string => join(__dirname, '../..', `${TEST_FOLDER}${name}.e2e-spec.ts`);
const leftOut = (args: string[]): RegExp[] => {
  const at = args.indexOf('--testPathIgnorePatterns');
  return at < 0 ? [] : args.slice(at + 1).map((pattern) => new RegExp(pattern));
};
const runs = (args: string[], name: string): boolean => !leftOut(args).some((pattern) => pattern.test(pathOf(name)));

describe('the runs of npm run verify', () => {
  it.each([...ALWAYS_BUILT, ...NEVER_BUILT, REAL_OLLAMA])('name a file that is there: %s', (name) => {
    expect(existsSync(pathOf(name))).toBe(true);
  });

  it.each(ALWAYS_BUILT)('leave out of the first run what starts nothing but the built service: %s', (name) => {
    const text = readFileSync(pathOf(name), 'utf8');
    const starts = text.match(/\b(useScene|useFleet|new Scene|startGateway)\([^;]*/g) ?? [];
    expect(starts.filter((start) => !start.includes('isBuilt: true'))).toEqual([]);
    expect(runs(coverageArguments({ isBuilt: true }), name)).toBe(false);
    expect(runs(coverageArguments({ isBuilt: false }), name)).toBe(true);
    expect(runs(builtArguments({}), name)).toBe(true);
  });

  it.each(NEVER_BUILT)('run in the first run alone what needs the gateway in its process: %s', (name) => {
    expect(runs(coverageArguments({ isBuilt: true }), name)).toBe(true);
    expect(runs(builtArguments({}), name)).toBe(false);
  });

  it('have a real Ollama in each run where there is one', () => {
    expect(runs(coverageArguments({ isBuilt: true }), REAL_OLLAMA)).toBe(true);
    expect(runs(builtArguments({}), REAL_OLLAMA)).toBe(false);
    expect(runs(builtArguments({ OLLAMA_BIN: '/usr/bin/ollama' }), REAL_OLLAMA)).toBe(true);
  });

  it('have every other test in the first run and in those of the built service', () => {
    for (const name of ['chat-json', 'cache/redis', 'python/python-client']) {
      expect([coverageArguments({ isBuilt: true }), builtArguments({})].map((args) => runs(args, name))).toEqual([
        true,
        true,
      ]);
    }
  });
});
