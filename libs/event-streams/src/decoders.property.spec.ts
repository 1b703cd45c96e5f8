import fc from 'fast-check';
import { createNdjsonDecoder } from './ndjson-decoder.js';
import type { EventDecoder, ServerEvent } from './server-event.js';
import { createSseDecoder } from './sse-decoder.js';

const LINE_ENDS = ['\n', '\r\n', '\r'] as const;

const lineEnd = fc.constantFrom(...LINE_ENDS);
/** Text of one line, with characters of one to four bytes and those that look like syntax. */
const lineText = fc
  .array(fc.constantFrom('a', ' ', ':', 'é', '€', '😀', '\u2028', '\uFEFF', '{', '"', '\\', 'data', '\t', '\0'), {
    maxLength: 8,
  })
  .map((parts) => parts.join(''));

/** How a stream is cut into pieces: byte offsets as parts of the whole. */
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 });

function cut(text: string, parts: number[]): Uint8Array[] {
  const bytes = Buffer.from(text);
  const offsets = parts.map((part) => Math.floor(part * bytes.length)).sort((one, other) => one - other);
  return [0, ...offsets].map((from, position) => bytes.subarray(from, offsets[position] ?? bytes.length));
}

function decode(pieces: Uint8Array[], decoder: EventDecoder): ServerEvent[] {
  return [...pieces.flatMap((piece) => decoder.decode(piece)), ...decoder.end()];
}

interface Line {
  text: string;
  end: string;
}

const sseLine = fc.oneof(
  { weight: 4, arbitrary: lineText.chain((text) => fc.constantFrom(`data: ${text}`, `data:${text}`)) },
  { weight: 3, arbitrary: fc.constant('') },
  lineText.map((text) => `: ${text}`),
  lineText.map((text) => `event: ${text}`),
  lineText.map((text) => `id: ${text}`),
  fc.constantFrom('data', 'event', 'retry: 10', 'retry: x', 'unknown: x', 'unknown', ':', ' data: x'),
);
const sseLines: fc.Arbitrary<Line[]> = fc.array(fc.record({ text: sseLine, end: lineEnd }), { maxLength: 30 });

/** The standard, word for word, over lines that are there already; slow and simple. */
function expectedEvents(lines: string[]): ServerEvent[] {
  const events: ServerEvent[] = [];
  let data: string[] = [];
  let type = '';
  for (const line of [...lines, '']) {
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (line === '') {
      if (data.length > 0) events.push(type === '' ? { data: data.join('\n') } : { data: data.join('\n'), type });
      data = [];
      type = '';
    } else if (field === 'data') data.push(value);
    else if (field === 'event') type = value;
  }
  return events;
}

const textOf = (lines: Line[]): string => lines.map(({ text, end }) => text + end).join('');

describe(createSseDecoder.name, () => {
  it('reads what the standard says, for every stream and every cut', () => {
    fc.assert(
      fc.property(sseLines, fc.boolean(), cuts, (lines, hasMark, parts) => {
        const text = (hasMark ? '\uFEFF' : '') + textOf(lines);
        // CR and LF of two lines are one line end: this only happens with an empty line between, which changes nothing twice.
        const plain = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
        expect(decode(cut(text, parts), createSseDecoder())).toEqual(expectedEvents(plain));
      }),
      { numRuns: 1000 },
    );
  });

  it('gives an event with the last byte of its blank line, for every line end', () => {
    fc.assert(
      fc.property(lineText, lineEnd, (text, end) => {
        const decoder = createSseDecoder();
        expect(decoder.decode(Buffer.from(`data: ${text}${end}`))).toEqual([]);
        expect(decoder.decode(Buffer.from(end))).toEqual([{ data: text }]);
      }),
    );
  });

  it('refuses every event over the bound and takes every one within it, for every cut', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), cuts, (length, parts) => {
        const text = `data: a\n\ndata: ${'x'.repeat(length)}\n\n`;
        const read = (): ServerEvent[] => decode(cut(text, parts), createSseDecoder(100));
        // What waits is counted with the name of its field.
        if (length > 100) expect(read).toThrow('100');
        else if (length <= 94) expect(read()).toHaveLength(2);
      }),
    );
  });

  it.each(LINE_ENDS)('takes time in proportion to its input, lines ended by %j', (end) => {
    const piece = Buffer.from(end.repeat(Math.floor((64 * 1024) / end.length)));
    const decoder = createSseDecoder();
    const decodeAll = (): void => {
      for (let count = 0; count < 64; count += 1) decoder.decode(piece);
    };
    // 4 MiB: some 50 ms; a look to the end of the piece at each line would take minutes.
    // Time of the processor: a busy machine does not count.
    const before = process.cpuUsage();
    decodeAll();
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(3_000);
  });
});

describe(createNdjsonDecoder.name, () => {
  const ndjsonLines: fc.Arbitrary<Line[]> = fc.array(
    fc.record({
      text: fc.oneof(fc.json({ maxDepth: 2 }), fc.json({ maxDepth: 2 }), fc.constantFrom('', ' ', '\t')),
      end: fc.constantFrom('\n', '\r\n'),
    }),
    { maxLength: 20 },
  );

  it('reads every line, for every stream and every cut, with or without the last line end', () => {
    fc.assert(
      fc.property(ndjsonLines, fc.boolean(), cuts, (lines, isWhole, parts) => {
        const text = isWhole ? textOf(lines) : textOf(lines).replace(/\r?\n$/, '');
        const expected = lines.map((line) => line.text.trim()).filter((line) => line !== '');
        expect(decode(cut(text, parts), createNdjsonDecoder()).map(({ data }) => data)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses every line over the bound and takes every one within it, for every cut', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), cuts, (length, parts) => {
        const text = `{}\n${'x'.repeat(length)}\n`;
        const read = (): ServerEvent[] => decode(cut(text, parts), createNdjsonDecoder(100));
        if (length > 100) expect(read).toThrow('100');
        else expect(read()).toHaveLength(2);
      }),
    );
  });
});
