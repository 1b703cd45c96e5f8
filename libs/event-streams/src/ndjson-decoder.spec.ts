import { bytewise, cutAt } from './testing/index.js';
import { createNdjsonDecoder } from './ndjson-decoder.js';
import type { EventDecoder } from './server-event.js';

function decode(pieces: Uint8Array[], decoder: EventDecoder = createNdjsonDecoder()): string[] {
  return [...pieces.flatMap((piece) => decoder.decode(piece)), ...decoder.end()].map(({ data }) => data);
}

const bytes = (text: string): Uint8Array => Buffer.from(text);

const CASES: [string, string, string[]][] = [
  ['LF', '{"a":1}\n{"b":2}\n', ['{"a":1}', '{"b":2}']],
  ['CRLF', '{"a":1}\r\n{"b":2}\r\n', ['{"a":1}', '{"b":2}']],
  ['blank lines', '\n\n{"a":1}\n \r\n\n{"b":2}\n\n', ['{"a":1}', '{"b":2}']],
  ['blanks around a line', '  {"a":1} \n', ['{"a":1}']],
  ['a missing last newline', '{"a":1}\n{"b":2}', ['{"a":1}', '{"b":2}']],
  ['a byte order mark', '\uFEFF{"a":1}\n', ['{"a":1}']],
  ['characters of two to four bytes', '{"é":"€😀"}\n{"字":1}\n', ['{"é":"€😀"}', '{"字":1}']],
  ['a line separator of Unicode', '{"a":"\u2028"}\n', ['{"a":"\u2028"}']],
  ['nothing', '', []],
];

describe(createNdjsonDecoder.name, () => {
  it.each(CASES)('reads %s', (_what, text, lines) => {
    expect(decode([bytes(text)])).toEqual(lines);
  });

  it.each(CASES)('reads %s byte by byte', (_what, text, lines) => {
    expect(decode(bytewise(text))).toEqual(lines);
  });

  it.each(CASES)('reads %s cut in three at any two places', (_what, text, lines) => {
    const { length } = bytes(text);
    for (let first = 0; first <= length; first += 1) {
      for (let second = first; second <= length; second += 1) {
        expect({ first, second, lines: decode(cutAt(text, first, second)) }).toEqual({ first, second, lines });
      }
    }
  });

  it('gives a line as soon as its newline is there', () => {
    const decoder = createNdjsonDecoder();
    expect(decoder.decode(bytes('{"a"'))).toEqual([]);
    expect(decoder.decode(bytes(':1}\n{'))).toEqual([{ data: '{"a":1}' }]);
  });

  it('throws at bytes that are no UTF-8, at the end too', () => {
    expect(() => createNdjsonDecoder().decode(Uint8Array.of(0x7b, 0xff, 0x0a))).toThrow();
    const decoder = createNdjsonDecoder();
    decoder.decode(Uint8Array.of(0xe2, 0x82));
    expect(() => decoder.end()).toThrow();
  });

  it('bounds a line and not the stream', () => {
    expect(decode(bytewise(`${'x'.repeat(90)}\n`.repeat(20)), createNdjsonDecoder(100))).toHaveLength(20);
    const decoder = createNdjsonDecoder(100);
    expect(() => bytewise('x'.repeat(101)).forEach((piece) => decoder.decode(piece))).toThrow(
      'a line is longer than 100 characters',
    );
  });

  it('joins the pieces of a line once, however many they are', () => {
    const decoder = createNdjsonDecoder();
    const join = jest.spyOn(Array.prototype, 'join');
    const pieces = [...Array<Uint8Array>(20_000).fill(bytes('xyz')), bytes('\n')];
    const events = pieces.flatMap((piece) => decoder.decode(piece));
    const joinedLengths = join.mock.results.map(({ value }) => String(value).length);
    join.mockRestore();
    expect(events).toHaveLength(1);
    expect(joinedLengths.reduce((sum, length) => sum + length, 0)).toBeLessThan(2 * 60_000);
  });
});
