import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const BUILT_FILE = /dist\/((?:apps|libs)\/[\w./-]+)\.js/g;
const BUILT_IMPORT = /\{ ([\w, ]+) \} (?:from|= await import\()\s*'?[^'\n]*dist\/((?:apps|libs)\/[\w./-]+)\.js/g;

const scripts = ['tools', 'bench'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.mjs'))
    .map((name) => join(folder, name)),
);
const matchesIn = (pattern: RegExp): [script: string, match: RegExpMatchArray][] =>
  scripts.flatMap((script) =>
    [...readFileSync(join(ROOT, script), 'utf8').matchAll(pattern)].map((match): [string, RegExpMatchArray] => [
      script,
      match,
    ]),
  );

// No compiler sees these paths: a file that moves would break the script, and no other test.
describe('the built files that scripts load', () => {
  const files = matchesIn(BUILT_FILE).map(([script, [, path = '']]) => [script, `${path}.ts`] as const);

  it.each(files)('of %s have a source: %s', (_script, source) => {
    expect(existsSync(join(ROOT, source))).toBe(true);
  });

  const names = matchesIn(BUILT_IMPORT).flatMap(([script, [, list = '', path = '']]) =>
    list.split(', ').map((name) => [script, name, `${path}.ts`] as const),
  );

  it.each(names)('of %s export %s: %s', (_script, name, source) => {
    const text = readFileSync(join(ROOT, source), 'utf8');
    expect(text).toMatch(new RegExp(`^export (?:async )?(?:class|const|function) ${name}\\b`, 'm'));
  });

  it('of npm run up list the providers: the index of the library has both names', () => {
    const index = readFileSync(join(ROOT, 'libs/llm-providers/src/index.ts'), 'utf8');
    expect(index).toMatch(/\bcreateProvider\b/);
    expect(index).toMatch(/\bKNOWN_PROVIDERS\b/);
  });
});
