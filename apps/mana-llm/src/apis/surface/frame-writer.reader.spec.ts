import { EventEmitter } from 'node:events';
import type { Response } from 'express';
import { FrameWriter } from './frame-writer.js';

class FakeResponse extends EventEmitter {
  writableNeedDrain = true;
  destroyed = false;
}

describe(`${FrameWriter.name} as a reader`, () => {
  let response: FakeResponse;

  beforeEach(() => {
    response = new FakeResponse();
  });

  const whenReady = (): Promise<void> | undefined => new FrameWriter(response as unknown as Response).whenReady();

  it('keeps up while the socket takes everything', () => {
    response.writableNeedDrain = false;
    expect(whenReady()).toBeUndefined();
  });

  it('holds nobody back for a client that is gone', () => {
    response.destroyed = true;
    expect(whenReady()).toBeUndefined();
  });

  it.each(['drain', 'close'])('is ready again at %s, and listens no longer', async (event) => {
    const ready = whenReady();
    expect(ready).toBeInstanceOf(Promise);
    response.emit(event);
    await ready;
    expect(response.listenerCount('drain') + response.listenerCount('close')).toBe(0);
  });

  it('listens once for all that wait', async () => {
    const reader = new FrameWriter(response as unknown as Response);
    const waiting = Array.from({ length: 128 }, () => reader.whenReady());
    expect([response.listenerCount('drain'), response.listenerCount('close')]).toEqual([1, 1]);
    response.emit('drain');
    await Promise.all(waiting);
    expect(reader.whenReady()).not.toBe(waiting[0]);
  });

  it('is not ready before', async () => {
    const ready = whenReady()?.then(() => 'ready');
    await expect(Promise.race([ready, Promise.resolve('waiting')])).resolves.toBe('waiting');
  });
});
