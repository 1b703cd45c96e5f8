import { processorMs } from '@mana-llm/llm-providers/testing';
import { parseYaml } from './parse-yaml.js';

describe(parseYaml.name, () => {
  it.each([
    ['', null],
    ['# nothing\n', null],
    ['a: { b: [1, "${X}"] }', { a: { b: [1, '${X}'] } }],
    ['a: &t { b: 1 }\nc: *t', { a: { b: 1 }, c: { b: 1 } }],
    ['&k a: 1\nb: *k', { a: 1, b: 'a' }],
    ['a: &t 1\nb: &t 2\nc: *t', { a: 1, b: 2, c: 2 }],
  ])('reads %j', (text, value) => {
    expect(parseYaml(text, 'f.yaml')).toEqual({ value, mistakes: [] });
  });

  it.each([
    ['a:\n\tb: sk-secret', 'line 2, column 1', 'Tabs are not allowed as indentation'],
    ['a: 1\na: sk-secret', 'line 2, column 1', 'Map keys must be unique'],
    ['a: ]sk-secret', 'line 1, column 4', 'Unexpected flow-seq-end token in YAML stream'],
    [
      'b: 1\na: *sk-secret',
      'line 2, column 4',
      'a reference (*) without an anchor; put a string that begins with * in quotes',
    ],
    [
      'a: *sk-secret\nb: &sk-secret x',
      'line 1, column 4',
      'a reference (*) without an anchor; put a string that begins with * in quotes',
    ],
    ['a: &t { b: *t, c: sk-secret }', 'line 1, column 12', 'a reference (*) inside its own anchor'],
    ['? [sk-secret]\n: 1', 'line 1, column 3', 'a key that is not a string or a number'],
    ['"a": 1\n? &k a\n: sk-secret', 'line 2, column 6', 'Map keys must be unique'],
    ['a: !sk-secret x', 'line 1, column 4', 'Unresolved tag'],
  ])('says where %j is broken and quotes nothing', (text, place, problem) => {
    const { mistakes } = parseYaml(text, 'f.yaml');
    expect(mistakes).toEqual([{ key: `f.yaml: ${place}`, found: `broken YAML (${problem})`, allowed: 'YAML 1.2' }]);
  });

  it('refuses a text that grows without end', () => {
    const levels = Array.from(
      { length: 9 },
      (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level}, `.repeat(9)}]`,
    );
    const { mistakes } = parseYaml(['a0: &a0 [1]', ...levels].join('\n'), 'f.yaml');
    expect(mistakes).toMatchObject([{ found: 'broken YAML (too many references (*))' }]);
  });

  it('takes the same value many times', () => {
    const names = Array.from({ length: 1000 }, (_, index) => `a${index}`);
    const { value, mistakes } = parseYaml(
      `t: &t { idleMs: 5 }\n${names.map((name) => `${name}: *t`).join('\n')}`,
      'f.yaml',
    );
    expect(mistakes).toEqual([]);
    expect(value).toMatchObject({ a0: { idleMs: 5 }, a999: { idleMs: 5 } });
  });

  it('refuses levels that references add, as it refuses those that are written', () => {
    const nested = (levels: number, inner: string): string => `${'['.repeat(levels)}${inner}${']'.repeat(levels)}`;
    const found = 'broken YAML (more than 64 levels)';
    expect(parseYaml(nested(64, ''), 'f.yaml').mistakes).toEqual([]);
    expect(parseYaml(nested(65, ''), 'f.yaml').mistakes).toMatchObject([{ found }]);
    const chained = `a: &a ${nested(40, '')}\nb: ${nested(40, '*a')}`;
    expect(parseYaml(chained, 'f.yaml').mistakes).toMatchObject([{ found }]);
  });

  it('refuses a mapping of very many keys', () => {
    const keys = (count: number): string => Array.from({ length: count }, (_, index) => `k${index}: 1`).join('\n');
    expect(parseYaml(keys(10_000), 'f.yaml').mistakes).toEqual([]);
    const found = 'broken YAML (more than 10000 keys)';
    expect(parseYaml(keys(10_001), 'f.yaml').mistakes).toMatchObject([{ found }]);
  });

  // With a walk for each reference, the first takes half a minute.
  it.each([
    ['references', `a: &a x\nb: [${'*a,'.repeat(12_000)}]`, 'too many references (*)'],
    ['repeated values', `a: &a [${'1,'.repeat(2000)}]\nb: [*a, *a, *a, *a, *a]`, 'too many references (*)'],
    ['references without an anchor', `b: [${'*a,'.repeat(12_000)}]`, 'a reference (*) without an anchor'],
  ])('is soon done with a text of many %s', (_what, text, problem) => {
    let mistakes: unknown;
    expect(processorMs(() => ({ mistakes } = parseYaml(text, 'f.yaml')))).toBeLessThan(5000);
    expect(mistakes).toMatchObject([{ found: expect.stringContaining(problem) as string }]);
  });
});
