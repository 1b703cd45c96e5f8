import { bytewise, cutAt } from './testing/index.js';
import type { EventDecoder, ServerEvent } from './server-event.js';
import { createSseDecoder } from './sse-decoder.js';

function decode(pieces: Uint8Array[], decoder: EventDecoder = createSseDecoder()): ServerEvent[] {
  return [...pieces.flatMap((piece) => decoder.decode(piece)), ...decoder.end()];
}

const bytes = (text: string): Uint8Array => Buffer.from(text);

const CASES: [string, string, ServerEvent[]][] = [
  ['LF', 'data: a\n\ndata: b\n\n', [{ data: 'a' }, { data: 'b' }]],
  ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', [{ data: 'a' }, { data: 'b' }]],
  ['CR', 'data: a\r\rdata: b\r\r', [{ data: 'a' }, { data: 'b' }]],
  ['mixed line ends', 'data: a\r\n\ndata: b\n\r\ndata: c\r\n\r', [{ data: 'a' }, { data: 'b' }, { data: 'c' }]],
  ['a byte order mark', '\uFEFFdata: a\n\n', [{ data: 'a' }]],
  ['no blank after the colon', 'data:a\n\ndata:  b\n\n', [{ data: 'a' }, { data: ' b' }]],
  ['several data lines', 'data: {\ndata:  "a": 1\ndata: }\n\n', [{ data: '{\n "a": 1\n}' }]],
  ['empty data lines', 'data: a\ndata\ndata:\ndata: b\n\n', [{ data: 'a\n\n\nb' }]],
  ['comments', ': OPENROUTER PROCESSING\n\n:\ndata: a\n: ping\n\n', [{ data: 'a' }]],
  ['ids and retry times', 'id: 7\nretry: 10\nretry: x\ndata: a\n\nid\ndata: b\n\n', [{ data: 'a' }, { data: 'b' }]],
  ['event names', 'event: error\ndata: a\n\nevent:\ndata: b\n\n', [{ data: 'a', type: 'error' }, { data: 'b' }]],
  ['an event name without data', 'event: ping\n\ndata: a\n\n', [{ data: 'a' }]],
  ['unknown fields', 'foo: 1\nfoo\ndata: a\n\n', [{ data: 'a' }]],
  ['a missing last newline', 'data: a\n\ndata: [DONE]', [{ data: 'a' }, { data: '[DONE]' }]],
  ['a missing blank line', 'data: a\n\ndata: [DONE]\n', [{ data: 'a' }, { data: '[DONE]' }]],
  ['a CR at the very end', 'data: a\r\n\r\ndata: [DONE]\r', [{ data: 'a' }, { data: '[DONE]' }]],
  ['many blank lines', '\n\n\ndata: a\n\n\n\n', [{ data: 'a' }]],
  [
    'characters of two to four bytes',
    'data: é€😀\n\nevent: ü\ndata: 字\n\n',
    [{ data: 'é€😀' }, { data: '字', type: 'ü' }],
  ],
  ['a line separator of Unicode', 'data: a\u2028b\n\n', [{ data: 'a\u2028b' }]],
  ['nothing', '', []],
];

describe(createSseDecoder.name, () => {
  it.each(CASES)('reads %s', (_what, text, events) => {
    expect(decode([bytes(text)])).toEqual(events);
  });

  it.each(CASES)('reads %s byte by byte', (_what, text, events) => {
    expect(decode(bytewise(text))).toEqual(events);
  });

  it.each(CASES)('reads %s cut in three at any two places', (_what, text, events) => {
    const { length } = bytes(text);
    for (let first = 0; first <= length; first += 1) {
      for (let second = first; second <= length; second += 1) {
        expect({ first, second, events: decode(cutAt(text, first, second)) }).toEqual({ first, second, events });
      }
    }
  });

  it('gives an event as soon as its blank line is there', () => {
    const decoder = createSseDecoder();
    expect(decoder.decode(bytes('data: a\n'))).toEqual([]);
    expect(decoder.decode(bytes('\ndata: b'))).toEqual([{ data: 'a' }]);
    expect(decoder.decode(bytes('\n\n'))).toEqual([{ data: 'b' }]);
  });

  it.each([
    ['a lone continuation byte', [0x80]],
    ['a character that is too long', [0xc0, 0xaf]],
    ['half a surrogate', [0xed, 0xa0, 0x80]],
    ['a byte that never occurs', [0xff]],
  ])('throws at %s', (_what, wrong) => {
    const decoder = createSseDecoder();
    expect(() => decoder.decode(Uint8Array.from([...bytes('data: '), ...wrong, ...bytes('\n\n')]))).toThrow();
  });

  it('throws at an end inside a character', () => {
    const decoder = createSseDecoder();
    decoder.decode(bytes('data: €').subarray(0, -1));
    expect(() => decoder.end()).toThrow();
  });

  describe('the bound', () => {
    it.each([
      ['one long line', 'data: ' + 'x'.repeat(200)],
      ['many data lines', 'data: xxxxxxxx\n'.repeat(30)],
      ['a long comment', ':' + 'x'.repeat(200)],
      ['a long name', 'event: ' + 'x'.repeat(200)],
    ])('stops %s', (_what, text) => {
      const decoder = createSseDecoder(100);
      expect(() => bytewise(text).forEach((piece) => decoder.decode(piece))).toThrow('100');
      expect(() => decoder.decode(bytes('\n\n'))).toThrow();
    });

    it('counts each event by itself', () => {
      const text = `data: ${'x'.repeat(80)}\n\n`.repeat(50);
      expect(decode(bytewise(text), createSseDecoder(100))).toHaveLength(50);
    });

    it('takes an event just under 16 MiB and refuses one over it, where that is the limit', () => {
      const piece = bytes('x'.repeat(64 * 1024));
      const limit = 16 * 1024 * 1024;
      const feed = (count: number): ServerEvent[] =>
        decode([bytes('data: '), ...Array<Uint8Array>(count).fill(piece), bytes('\n\n')], createSseDecoder(limit));
      expect(feed(255)[0]?.data).toHaveLength(255 * 64 * 1024);
      expect(() => feed(256)).toThrow(String(limit));
    });
  });

  it('joins the pieces of an event once, however many they are', () => {
    const decoder = createSseDecoder();
    const join = jest.spyOn(Array.prototype, 'join');
    const pieces = [bytes('data: '), ...Array<Uint8Array>(20_000).fill(bytes('xyz')), bytes('\n\n')];
    const events = pieces.flatMap((piece) => decoder.decode(piece));
    const joinedLengths = join.mock.results.map(({ value }) => String(value).length);
    join.mockRestore();
    expect(events).toHaveLength(1);
    expect(joinedLengths.reduce((sum, length) => sum + length, 0)).toBeLessThan(2 * 60_000);
  });
});
