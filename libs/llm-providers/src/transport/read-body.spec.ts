import { Readable } from 'node:stream';
import { type AnswerBody, bodyOf } from './answer-body.js';
import { readBody, UnreadableBodyError } from './read-body.js';

const stream = (...pieces: (Buffer | string)[]): Readable => Readable.from(pieces.map((piece) => Buffer.from(piece)));
const body = (...pieces: (Buffer | string)[]): AnswerBody => bodyOf(stream(...pieces));

describe(readBody.name, () => {
  it.each([
    ['in one piece', body('{"a":"€"}')],
    ['cut inside a character', body(Buffer.from('{"a":"€"}').subarray(0, 7), Buffer.from('{"a":"€"}').subarray(7))],
    ['after a byte order mark', body('\uFEFF{"a":"€"}')],
  ])('gives the text of a body %s', async (_how, whole) => {
    expect(await readBody(whole, 100)).toBe('{"a":"€"}');
  });

  it('takes a body at the bound, and destroys one over it', async () => {
    expect(await readBody(body('12345', '67890'), 10)).toBe('1234567890');
    const tooLarge = stream('12345', '678901');
    await expect(readBody(bodyOf(tooLarge), 10)).rejects.toThrow(new UnreadableBodyError('it is over 10 bytes'));
    expect(tooLarge.destroyed).toBe(true);
  });

  it('refuses bytes that are no UTF-8 rather than replacing them', async () => {
    await expect(readBody(body(Buffer.of(0x7b, 0xff)), 10)).rejects.toThrow('it is not UTF-8');
  });

  it('fails as the stream fails', async () => {
    const broken = new Readable({ read: () => undefined });
    const reading = readBody(bodyOf(broken), 10);
    broken.destroy(new RangeError('cut'));
    await expect(reading).rejects.toThrow('cut');
  });
});
