import fc from 'fast-check';
import { JsonLimitError } from './json-scanner.js';
import { ExactInteger, parseJson, stringifyJson } from './json.js';

const lists = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const objects = (depth: number): string => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth);

describe(parseJson.name, () => {
  it('reads what JSON.parse reads, whether long integers are looked for or not', () => {
    fc.assert(
      fc.property(fc.json({ noUnicodeString: false }), fc.constantFrom('', ' '.repeat(600)), (json, blanks) => {
        const expected: unknown = JSON.parse(json);
        expect(parseJson(json + blanks)).toEqual(expected);
        expect(parseJson(json + blanks, { exactIntegers: false })).toEqual(expected);
      }),
    );
  });

  it.each<[string, string]>([
    ['lists', lists(512)],
    ['objects', objects(512)],
    ['brackets inside a text', JSON.stringify({ text: lists(5000) })],
    ['quotes and backslashes before brackets', JSON.stringify({ text: `\\"\\\\"${lists(5000)}\\` })],
    ['as many siblings as there are', `[${Array<string>(5000).fill('{}').join()}]`],
  ])('takes 512 levels: %s', (_what, json) => {
    expect(parseJson(json)).toEqual(JSON.parse(json));
    expect(parseJson(json, { exactIntegers: false })).toEqual(JSON.parse(json));
  });

  it.each<[string, string]>([
    ['lists', lists(513)],
    ['objects', objects(513)],
    ['lists and objects', '[{"a":'.repeat(257) + '1' + '}]'.repeat(257)],
    ['lists behind a text of quotes', `["\\"","\\\\",${lists(512)}]`],
    ['lists without an end', '['.repeat(200_000)],
  ])('refuses 513 levels before it parses: %s', (_what, json) => {
    const parse = jest.spyOn(JSON, 'parse');
    expect(() => parseJson(json)).toThrow(JsonLimitError);
    expect(() => parseJson(json, { exactIntegers: false })).toThrow('it nests deeper than 512 levels');
    expect(parse).not.toHaveBeenCalled();
    parse.mockRestore();
  });

  it('takes the depth that it is told', () => {
    expect(() => parseJson('[[[]]]', { maxDepth: 2 })).toThrow(JsonLimitError);
    expect(parseJson(lists(600), { maxDepth: 600 })).toEqual(JSON.parse(lists(600)));
  });

  it.each(['', 'nothing', '{"a":9007199254740993', '"9007199254740993', '[9007199254740993,]'])(
    'throws SyntaxError for %j',
    (json) => {
      expect(() => parseJson(json)).toThrow(SyntaxError);
    },
  );

  it.each<[string, unknown]>([
    ['[9007199254740993]', [new ExactInteger('9007199254740993')]],
    ['{"a":-9007199254740993}', { a: new ExactInteger('-9007199254740993') }],
    ['{"a" : 18446744073709551615 }', { a: new ExactInteger('18446744073709551615') }],
    ['[9007199254740992,1000000000000000]', [9007199254740992, 1000000000000000]],
    ['["9007199254740993","\\\\",":9007199254740993"]', ['9007199254740993', '\\', ':9007199254740993']],
    ['[0.90071992547409931,9007199254740993.5,9e400,-0]', [0.90071992547409931, 9007199254740993.5, Infinity, -0]],
  ])('reads the integers of %s exactly', (json, expected) => {
    expect(parseJson(json)).toEqual(expected);
    expect(parseJson(json.padEnd(600))).toEqual(expected);
  });

  it('leaves a field named __proto__ a field', () => {
    const parsed = parseJson('{"__proto__":{"a":9007199254740993}}') as object;
    expect(Object.keys(parsed)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
  });
});

describe(stringifyJson.name, () => {
  it('writes again what was read, for integers of any length', () => {
    const integer = fc.bigInt().map(String);
    fc.assert(
      fc.property(fc.array(integer), fc.string({ unit: 'binary' }), (integers, text) => {
        const json = `{"list":[${integers.join()}],"text":${JSON.stringify(text)}}`;
        expect(stringifyJson(parseJson(json) as object)).toBe(json);
      }),
    );
  });

  it('writes plain values as JSON.stringify does', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(stringifyJson([value])).toBe(JSON.stringify([value]));
      }),
    );
  });

  it('writes an exact integer that a program has made', () => {
    expect(stringifyJson({ seed: new ExactInteger('9007199254740995') })).toBe('{"seed":9007199254740995}');
  });
});
