import { parseYaml } from './parse-yaml.js';

describe(parseYaml.name, () => {
  it.each([
    ['', null],
    ['# nothing\n', null],
    ['a: { b: [1, "${X}"] }', { a: { b: [1, '${X}'] } }],
    ['a: &t { b: 1 }\nc: *t', { a: { b: 1 }, c: { b: 1 } }],
  ])('reads %j', (text, value) => {
    expect(parseYaml(text, 'f.yaml')).toEqual({ value, mistakes: [] });
  });

  it.each([
    ['a:\n\tb: sk-secret', 'line 2, column 1', 'Tabs are not allowed as indentation'],
    ['a: 1\na: sk-secret', 'line 2, column 1', 'Map keys must be unique'],
    ['a: ]sk-secret', 'line 1, column 4', 'Unexpected flow-seq-end token in YAML stream'],
    ['b: 1\na: *sk-secret', 'line 2, column 4', 'a * without its anchor; put the text in quotes'],
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
    expect(mistakes).toMatchObject([{ found: 'broken YAML (too many references by *)' }]);
  });
});
