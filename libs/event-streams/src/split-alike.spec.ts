import fc from 'fast-check';
import { type Around, eventsOf, type ServerEvent } from './server-event.js';
import { splitAlike, toAlike } from './split-alike.js';
import { createSseDecoder } from './sse-decoder.js';

const AROUND: Around = { before: '{"text":"', after: '","n":1}' };
const alike = (text: string): string => `data: ${AROUND.before}${text}${AROUND.after}\n\n`;

describe(splitAlike.name, () => {
  const split = (text: string): ReturnType<typeof splitAlike> => splitAlike(text, toAlike(AROUND));

  it('gives what the events say that are alike', () => {
    expect(split(alike('a') + alike('') + alike('\\n'))).toEqual({ texts: ['a', '', '\\n'], rest: '' });
  });

  it.each([
    ['the end marker', 'data: [DONE]\n\n'],
    ['an event with a name', `event: error\n${alike('b')}`],
    ['an event of two lines', `data: ${AROUND.before}b\ndata: ${AROUND.after}\n\n`],
    ['an event that is longer', `data: ${AROUND.before}b${AROUND.after},\n\n`],
  ])('gives those before %s, and leaves the rest as it is', (_what, other) => {
    const { texts, rest } = split(alike('a') + other + alike('c'));
    expect(texts).toEqual(['a']);
    expect(rest).toBe(other + alike('c'));
  });

  it.each([`: comment\n\n${alike('a')}`, `data: ${AROUND.before}b`])(
    'leaves a text that begins with another event, or with half of one: %j',
    (text) => {
      expect(split(text)).toEqual({ texts: [], rest: text });
    },
  );

  it('makes one event of them, which stands for each', () => {
    const decoder = createSseDecoder();
    decoder.expect?.(AROUND);
    const events = decoder.decode(Buffer.from(alike('a') + alike('b')));
    expect(events).toEqual([{ data: '{"text":"a","n":1}', alike: { around: AROUND, texts: ['a', 'b'] } }]);
    expect(events.flatMap(eventsOf)).toEqual([{ data: '{"text":"a","n":1}' }, { data: '{"text":"b","n":1}' }]);
  });

  it('gives those before one that is too long', () => {
    const decoder = createSseDecoder(40);
    decoder.expect?.(AROUND);
    const bytes = Buffer.from(alike('a') + alike('b'.repeat(24)) + alike('c'));
    const alone = createSseDecoder(40);
    const failure = (decode: () => unknown): unknown => {
      try {
        return decode();
      } catch (error) {
        return error;
      }
    };
    expect(failure(() => decoder.decode(bytes))).toMatchObject({ events: [{ alike: { texts: ['a'] } }] });
    expect(failure(() => alone.decode(bytes))).toMatchObject({ events: [{ data: '{"text":"a","n":1}' }] });
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
        expect(decode(AROUND).flatMap(eventsOf).map(plain)).toEqual(decode());
      }),
      { numRuns: 500 },
    );
  });
});
