import fc from 'fast-check';
import type { Around, ServerEvent } from './server-event.js';
import { splitAlike, toAlike } from './split-alike.js';
import { createSseDecoder } from './sse-decoder.js';

const AROUND: Around = { before: '{"text":"', after: '","n":1}' };
const alike = (text: string): string => `data: ${AROUND.before}${text}${AROUND.after}\n\n`;
const textsOf = (events: ServerEvent[]): unknown[] => events.map(({ between }) => between);

describe(splitAlike.name, () => {
  const split = (text: string): ReturnType<typeof splitAlike> => splitAlike(text, toAlike(AROUND));

  it('gives events that are alike, with all of their data', () => {
    const { events, rest } = split(alike('a') + alike('') + alike('\\n'));
    expect(textsOf(events)).toEqual(['a', '', '\\n']);
    expect(events[0]).toEqual({ data: '{"text":"a","n":1}', around: AROUND, between: 'a' });
    expect(rest).toBe('');
  });

  it.each([
    ['the end marker', 'data: [DONE]\n\n'],
    ['an event with a name', `event: error\n${alike('b')}`],
    ['an event of two lines', `data: ${AROUND.before}b\ndata: ${AROUND.after}\n\n`],
    ['an event that is longer', `data: ${AROUND.before}b${AROUND.after},\n\n`],
  ])('gives those before %s, and leaves the rest as it is', (_what, other) => {
    const { events, rest } = split(alike('a') + other + alike('c'));
    expect(textsOf(events)).toEqual(['a']);
    expect(rest).toBe(other + alike('c'));
  });

  it('leaves a text that begins with another event', () => {
    const text = `: comment\n\n${alike('a')}`;
    expect(split(text)).toEqual({ events: [], rest: text });
  });

  it('changes nothing of what a decoder gives, however the bytes are cut', () => {
    const piece = fc.constantFrom('a', '"', '\\', AROUND.before, AROUND.after, 'é', '\n', '\r', ': x\n', 'event: e\n');
    const event = fc.array(piece, { maxLength: 4 }).map((pieces) => alike(pieces.join('')));
    const stream = fc.array(fc.oneof(event, fc.constantFrom('data: [DONE]\n\n', 'event: e\n', '\n')), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(stream, fc.integer({ min: 1, max: 60 }), (events, length) => {
        const bytes = Buffer.from(events.join(''));
        const decode = (around?: Around): ServerEvent[] => {
          const decoder = createSseDecoder();
          decoder.expect?.(around);
          const cuts = Array.from({ length: Math.ceil(bytes.length / length) }, (_, at) =>
            bytes.subarray(at * length, (at + 1) * length),
          );
          return [...cuts.flatMap((part) => decoder.decode(part)), ...decoder.end()];
        };
        const plain = ({ data, type }: ServerEvent): ServerEvent => (type === undefined ? { data } : { data, type });
        expect(decode(AROUND).map(plain)).toEqual(decode());
      }),
      { numRuns: 500 },
    );
  });
});
