import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  builtArguments,
  unitArguments,
  NEVER_BUILT,
  REAL_OLLAMA,
  SIMULATION,
  SUITES,
  TEST_FOLDER,
} from './jest-runs.mjs';

const ROOT = join(__dirname, '../..');
const pathOf = (name: string): string => join(ROOT, `${TEST_FOLDER}${name}.e2e-spec.ts`);
const valuesOf = (args: string[], flag: string): string[] => {
  const rest = args.slice(args.indexOf(flag) + 1);
  const end = rest.findIndex((arg) => arg.startsWith('--'));
  return args.includes(flag) ? rest.slice(0, end === -1 ? undefined : end) : [];
};
const isOneOf = (patterns: string[], path: string): boolean =>
  patterns.some((pattern) => new RegExp(pattern).test(path));
/** As jest chooses; a run whose files are told by `--testMatch` has all end-to-end tests. */
const runs = (args: string[], path: string): boolean => {
  const wanted = args.includes('--testMatch') ? ['\\.e2e-spec\\.ts$'] : valuesOf(args, '--testPathPatterns');
  return isOneOf(wanted, path) && !isOneOf(valuesOf(args, '--testPathIgnorePatterns'), path);
};

const together = Object.values(SUITES).flat();
const endToEnd = readdirSync(join(ROOT, TEST_FOLDER), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.e2e-spec.ts'))
  .map((path) => path.replace('.e2e-spec.ts', ''));
const unitTests = unitArguments({ isBuilt: true, env: {} });
const withoutBuild = unitArguments({ isBuilt: false });
const built = builtArguments({ env: {} });

describe('the runs of npm run verify', () => {
  it.each([...together, ...NEVER_BUILT, REAL_OLLAMA])('name a file that is there: %s', (name) => {
    expect(existsSync(pathOf(name))).toBe(true);
  });

  it.each(Object.keys(SUITES))('have a file for the suite %s', (name) => {
    expect(existsSync(join(ROOT, TEST_FOLDER, 'suites', `${name}.e2e-suite.ts`))).toBe(true);
    expect(valuesOf(built, '--testMatch')).toContain('**/*.e2e-suite.ts');
  });

  it('have each end-to-end test with the built service once, by itself or in a suite', () => {
    const alone = endToEnd.filter((name) => runs(built, pathOf(name)));
    expect([...alone, ...together, ...NEVER_BUILT, REAL_OLLAMA].sort()).toEqual([...endToEnd].sort());
  });

  it.each(['apps/example-backend/test/page.e2e-spec.ts', 'libs/llm-client/test/readme.e2e-spec.ts'])(
    'have once, with the unit tests, what needs no gateway: %s',
    (name) => {
      const path = join(ROOT, name);
      expect(existsSync(path)).toBe(true);
      expect([unitTests, withoutBuild, built].map((args) => runs(args, path))).toEqual([true, true, false]);
    },
  );

  it.each(NEVER_BUILT)('have with the unit tests what needs the gateway in its process: %s', (name) => {
    expect([unitTests, built].map((args) => runs(args, pathOf(name)))).toEqual([true, false]);
  });

  it('have a real Ollama where there is one, and say that it is skipped where there is none', () => {
    const path = pathOf(REAL_OLLAMA);
    const env = { OLLAMA_BIN: '/usr/bin/ollama' };
    expect([runs(unitTests, path), runs(built, path)]).toEqual([true, false]);
    expect([runs(unitArguments({ isBuilt: true, env }), path), runs(builtArguments({ env }), path)]).toEqual([
      false,
      true,
    ]);
  });

  it('have the simulation once', () => {
    const path = join(ROOT, 'apps/mana-llm/src/routing/routing.simulation.spec.ts');
    expect(existsSync(path)).toBe(true);
    expect(path).toMatch(new RegExp(SIMULATION));
    expect([unitTests, withoutBuild].map((args) => runs(args, path))).toEqual([false, true]);
    const isMatched = (args: string[]) => valuesOf(args, '--testMatch').includes('**/routing.simulation.spec.ts');
    expect([built, builtArguments({ withSimulation: true, env: {} })].map(isMatched)).toEqual([false, true]);
  });

  it('have every test with coverage where there is no build', () => {
    expect(endToEnd.filter((name) => !runs(withoutBuild, pathOf(name)))).toEqual([]);
  });
});
