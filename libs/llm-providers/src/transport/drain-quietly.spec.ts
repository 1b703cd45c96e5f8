import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { bodyOf } from './answer-body.js';
import { drainQuietly } from './drain-quietly.js';

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
