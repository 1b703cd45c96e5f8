import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { canonicalHash, hasMoreValues } from './canonical-hash.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function nested(depth: number, open: string, close: string, core: string): unknown {
  return JSON.parse(open.repeat(depth) + core + close.repeat(depth));
}

describe(canonicalHash.name, () => {
  it.each<[unknown, string]>([
    [{ b: 1, a: [2, { d: null, c: 'x' }] }, '{"a":[2,{"c":"x","d":null}],"b":1}'],
    [{ a: undefined, b: [undefined] }, '{"b":[null]}'],
    [{}, '{}'],
    [[], '[]'],
    [[[], {}], '[[],{}]'],
    ['a', '"a"'],
    [null, 'null'],
    [undefined, 'null'],
    [-0, '0'],
    [{ a: 'é\ud800"\n' }, '{"a":"é\\ud800\\"\\n"}'],
  ])('hashes %j as %s', (value, text) => {
    expect(canonicalHash(value)).toBe(sha256(text));
  });

  it('hashes any JSON value whose names are sorted as its JSON text', () => {
    const sorted = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(sorted);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .filter(([name]) => !/^\d+$/.test(name))
          .sort(([one], [other]) => (one < other ? -1 : 1))
          .map(([name, field]) => [name, sorted(field)]),
      );
    };
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const tidy = sorted(value);
        expect(canonicalHash(tidy)).toBe(sha256(JSON.stringify(tidy)));
      }),
    );
  });

  it('hashes a value of many megabytes as its JSON text', () => {
    const value = { a: Array.from({ length: 1000 }, (_, position) => `${position}`.repeat(1000)), b: 'é'.repeat(3e6) };
    expect(canonicalHash(value)).toBe(sha256(JSON.stringify(value)));
  });

  it.each<[string, string, string]>([
    ['lists', '[', ']'],
    ['objects', '{"a":', '}'],
  ])('tells %s that are nested 10,000 and 100,000 deep from each other', (_what, open, close) => {
    const values = [
      nested(10_000, open, close, '1'),
      nested(10_000, open, close, '2'),
      nested(100_000, open, close, '1'),
    ];
    expect(new Set(values.map(canonicalHash)).size).toBe(3);
  });

  it.each<[string, string, string]>([
    ['a field __proto__ from none', '{"__proto__":{"a":1}}', '{}'],
    ['fields __proto__', '{"__proto__":{"a":1}}', '{"__proto__":{"a":2}}'],
    ['a field __proto__ from its fields', '{"__proto__":{"a":1}}', '{"a":1}'],
    ['halves of surrogate pairs', '"\\ud800"', '"\\ud801"'],
    ['half a pair from what replaces it', '"\\ud800"', '"\ufffd"'],
    ['half a pair from its escape', '"\\ud800"', '"\\\\ud800"'],
    ['halves of surrogate pairs in names', '{"\\ud800":1}', '{"\\ud801":1}'],
    ['a list from an object', '["a"]', '{"0":"a"}'],
    ['a number from its text', '1', '"1"'],
    ['the end of one text from the start of the next', '["ab","c"]', '["a","bc"]'],
    ['null from no field', '{"a":null}', '{}'],
  ])('tells %s', (_what, one, other) => {
    expect(canonicalHash(JSON.parse(one))).not.toBe(canonicalHash(JSON.parse(other)));
  });
});

describe(hasMoreValues.name, () => {
  it.each<[string, unknown, number]>([
    ['a text', 'x', 1],
    ['fields and what is in them', { a: 1, b: [true, null, {}] }, 6],
    ['lists of numbers, each as one', { input: [[1, 2, 3], [4]] }, 4],
    ['fields that are undefined as none', { a: undefined, b: 1 }, 2],
  ])('counts %s', (_what, value, count) => {
    expect(hasMoreValues(value, count)).toBe(false);
    expect(hasMoreValues(value, count - 1)).toBe(true);
  });

  it('looks at no more than it has to', () => {
    const looked = jest.fn();
    const later = Object.defineProperty({}, 'x', { get: looked, enumerable: true });
    expect(hasMoreValues([later, ...Array<string>(100).fill('x')], 50)).toBe(true);
    expect(looked).not.toHaveBeenCalled();
  });
});
