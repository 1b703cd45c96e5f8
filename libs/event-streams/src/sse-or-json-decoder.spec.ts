import { bytewise } from './testing/index.js';
import type { EventDecoder, ServerEvent } from './server-event.js';
import { createSseOrJsonDecoder } from './sse-or-json-decoder.js';

function decode(pieces: Uint8Array[], decoder: EventDecoder = createSseOrJsonDecoder()): ServerEvent[] {
  return [...pieces.flatMap((piece) => decoder.decode(piece)), ...decoder.end()];
}

const PRETTY = JSON.stringify({ error: { message: 'Nö.' } }, undefined, 2);

const CASES: [string, string, ServerEvent[]][] = [
  ['a stream', 'data: a\n\ndata: b\n\n', [{ data: 'a' }, { data: 'b' }]],
  ['a stream of JSON', 'data: {"a":1}\n\n', [{ data: '{"a":1}' }]],
  ['a stream that begins with a comment', ': {\n\ndata: a\n\n', [{ data: 'a' }]],
  ['a stream that begins with blank lines', '\r\n\n\r\ndata: a\n\n', [{ data: 'a' }]],
  ['a stream behind a byte order mark', '\uFEFFdata: a\n\n', [{ data: 'a' }]],
  ['JSON on several lines', PRETTY, [{ data: PRETTY, isWhole: true }]],
  ['JSON behind blanks', ' \n\t\r\n{"a":1}', [{ data: '{"a":1}', isWhole: true }]],
  ['JSON behind a byte order mark', '\uFEFF{"a":"€"}', [{ data: '{"a":"€"}', isWhole: true }]],
  ['JSON that holds a stream', '{"a":"\n\ndata: b\n\n"}', [{ data: '{"a":"\n\ndata: b\n\n"}', isWhole: true }]],
  ['a list', '[{"error":1}]', [{ data: '[{"error":1}]', isWhole: true }]],
  ['a text in quotes', '"No."', [{ data: '"No."', isWhole: true }]],
  ['a web page', '<html>\n\n</html>', [{ data: '<html>\n\n</html>', isWhole: true }]],
  ['nothing', '', []],
  ['blank lines alone', '\n\n \n', []],
];

describe(createSseOrJsonDecoder.name, () => {
  it.each(CASES)('reads %s', (_what, text, events) => {
    expect(decode([Buffer.from(text)])).toEqual(events);
    expect(decode(bytewise(text))).toEqual(events);
  });

  it('gives the events of a stream as they come', () => {
    const decoder = createSseOrJsonDecoder();
    expect(decoder.decode(Buffer.from('data: a\n\nda'))).toEqual([{ data: 'a' }]);
    expect(decoder.decode(Buffer.from('ta: b\n\n'))).toEqual([{ data: 'b' }]);
  });

  it.each(['{"a":1', '<h1>long'])('refuses a text that grows past the bound: %s', (text) => {
    const decoder = createSseOrJsonDecoder(10);
    expect(decoder.decode(Buffer.from(text))).toEqual([]);
    expect(() => decoder.decode(Buffer.from('x'.repeat(10)))).toThrow('longer than 10');
  });

  it.each<[string, Buffer]>([
    ['inside', Buffer.from('{"\xff"}', 'latin1')],
    ['at its end', Buffer.from('{"€').subarray(0, -1)],
  ])('refuses a text that is not UTF-8 %s', (_where, bytes) => {
    expect(() => decode([bytes])).toThrow('not UTF-8');
  });
});
