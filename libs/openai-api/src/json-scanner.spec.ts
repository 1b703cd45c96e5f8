import fc from 'fast-check';
import { JsonLimitError, JsonScanner } from './json-scanner.js';

const LIMITS = { maxDepth: 512, maxValues: 1_000_000 };

function scan(json: string | Buffer, limits = LIMITS, cuts: number[] = []): JsonScanner {
  const text = typeof json === 'string' ? json : json.toString('latin1');
  const scanner = new JsonScanner(limits);
  const places = [...cuts.map((cut) => Math.floor(cut * text.length)), text.length].sort((one, other) => one - other);
  places.reduce((from, to) => {
    scanner.push(text.slice(from, to));
    return to;
  }, 0);
  return scanner;
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe(JsonScanner.name, () => {
  const json = fc
    .json({ noUnicodeString: false, maxDepth: 6 })
    .map((text) => JSON.stringify({ text, value: JSON.parse(text) }));
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });

  it('counts the same in pieces as at once, as text and as bytes', () => {
    fc.assert(
      fc.property(json, cuts, (text, parts) => {
        const whole = scan(text);
        for (const other of [scan(text, LIMITS, parts), scan(Buffer.from(text), LIMITS, parts)]) {
          expect([other.values, other.hasLongInteger]).toEqual([whole.values, whole.hasLongInteger]);
        }
      }),
    );
  });

  it('refuses exactly what nests deeper than it may', () => {
    fc.assert(
      fc.property(json, cuts, (text, parts) => {
        const depth = depthOf(JSON.parse(text));
        expect(() => scan(text, { ...LIMITS, maxDepth: depth }, parts)).not.toThrow();
        expect(() => scan(text, { ...LIMITS, maxDepth: depth - 1 }, parts)).toThrow(JsonLimitError);
      }),
    );
  });

  it.each([
    ['lists', '[[],[],[]]', 6],
    ['objects', '{"a":{},"b":{}}', 4],
    ['plain values', '[1,"a",null]', 3],
    ['commas and brackets inside texts', '["[,{\\",[", "\\\\"]', 2],
  ])('counts brackets and commas outside strings: %s', (_what, text, count) => {
    expect(scan(text).values).toBe(count);
    expect(() => scan(text, { ...LIMITS, maxValues: count - 1 })).toThrow(`it holds more than ${count - 1} values`);
  });

  it('says which limit it is about', () => {
    const thrown = (limits: typeof LIMITS): unknown => {
      try {
        return scan('[[],[]]', limits);
      } catch (error) {
        return error;
      }
    };
    expect(thrown({ ...LIMITS, maxDepth: 1 })).toMatchObject({ limit: 'maxDepth' });
    expect(thrown({ ...LIMITS, maxValues: 3 })).toMatchObject({ limit: 'maxValues' });
  });

  it('takes a text of commas and brackets of any length', () => {
    const text = JSON.stringify({ code: '[{,"\\'.repeat(500_000) });
    expect(scan(text).values).toBe(1);
  });
});
