import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { type AnswerBody, bodyOf, drainQuietly, readBody, UnreadableBodyError } from './answer-body.js';

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

describe(drainQuietly.name, () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('reads a short rest to its end and leaves no timer', async () => {
    const body = Readable.from([Buffer.from('\n'), Buffer.from('\n')]);
    const ended = once(body, 'end');
    drainQuietly(bodyOf(body));
    await ended;
    await once(body, 'close');
    expect(body.readableAborted).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('gives up after a second of waiting', () => {
    const body = new PassThrough();
    drainQuietly(bodyOf(body));
    jest.advanceTimersByTime(999);
    expect(body.destroyed).toBe(false);
    jest.advanceTimersByTime(1);
    expect(body.destroyed).toBe(true);
  });

  it('gives up an upstream that goes on and on', async () => {
    const body = new PassThrough();
    const closed = once(body, 'close');
    drainQuietly(bodyOf(body));
    for (let piece = 0; piece < 5; piece += 1) body.write(Buffer.alloc(16 * 1024));
    await closed;
    expect(body.readableAborted).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('swallows an error', async () => {
    const body = new PassThrough();
    drainQuietly(bodyOf(body));
    const closed = once(body, 'close');
    body.destroy(new Error('cut'));
    await closed.catch(() => undefined);
    expect(jest.getTimerCount()).toBe(0);
  });
});
