import { FakeReader, KIB, left, openScene } from '../../test/support/shared-stream-scene.js';
import { Backpressure } from './shared-log.js';

describe(Backpressure.name, () => {
  describe('the pace', () => {
    it('of a single reader is the pace of the upstream', async () => {
      const scene = openScene();
      const reader = await scene.reader();
      scene.send('a');
      expect(scene.paused).toBeUndefined();
      reader.client.stall();
      scene.send('b', 'c');
      const paused = scene.paused;
      expect([reader.text, paused]).toEqual(['a', expect.any(Promise)]);
      await reader.client.goOn();
      await paused;
      expect([reader.text, scene.paused]).toEqual(['abc', undefined]);
    });

    it('of a slow reader holds up nobody else', async () => {
      const scene = openScene();
      const [slow, fast] = [await scene.reader(), await scene.reader()];
      slow.client.stall();
      scene.send('a', 'b');
      expect([slow.text, fast.text, scene.paused]).toEqual(['', 'ab', undefined]);
      await slow.client.goOn();
      expect(slow.text).toBe('ab');
    });

    it('of the first that is ready again is the pace where all are behind', async () => {
      const scene = openScene();
      const readers = [await scene.reader(), await scene.reader()];
      for (const { client } of readers) client.stall();
      scene.send('a');
      const paused = scene.paused;
      expect(paused).toBeInstanceOf(Promise);
      await readers[1]?.client.goOn();
      await paused;
      expect(readers.map(({ text }) => text)).toEqual(['', 'a']);
    });

    it.each([
      ['leaves', (reader: FakeReader) => reader.controller.abort(left)],
      [
        'is the last to leave',
        (reader: FakeReader, other: FakeReader) => [other, reader].forEach(({ controller }) => controller.abort(left)),
      ],
    ])('pauses the upstream no more when a slow reader %s', async (_how, leave) => {
      const scene = openScene();
      const [slow, other] = [await scene.reader(), await scene.reader()];
      slow.client.stall();
      scene.send('x'.repeat(1025 * KIB), 'y');
      const paused = scene.paused;
      expect(paused).toBeInstanceOf(Promise);
      leave(slow, other);
      await paused;
      expect(scene.paused).toBeUndefined();
    });
  });

  describe('past the bound', () => {
    it('takes no new reader and stores nothing, and its readers get all', async () => {
      const scene = openScene();
      const reader = await scene.reader();
      scene.send('x'.repeat(1024 * KIB), 'y');
      expect([scene.stream.isOver, scene.onOver.mock.calls.length]).toEqual([true, 1]);
      await expect(scene.stream.join(new FakeReader().context())).rejects.toThrow('cannot be joined');
      scene.upstream.complete();
      expect([reader.text.length, reader.end]).toEqual([1024 * KIB + 1, 'complete']);
      expect(scene.onComplete).not.toHaveBeenCalled();
      expect(scene.onOver).toHaveBeenCalledTimes(1);
    });

    it('keeps only what the slowest reader has not taken', async () => {
      const scene = openScene();
      const [slow, fast] = [await scene.reader(), await scene.reader()];
      for (let sent = 0; sent < 1100; sent += 1) scene.send('x'.repeat(KIB));
      slow.client.stall();
      for (let sent = 0; sent < 10; sent += 1) scene.send('y'.repeat(KIB));
      expect(scene.stream.log.items).toHaveLength(10);
      expect(scene.paused).toBeUndefined();
      await slow.client.goOn();
      scene.send('z');
      expect([slow.text, slow.texts.length]).toEqual([fast.text, 1111]);
      expect(scene.stream.log.items).toHaveLength(1);
    });

    it('pauses the upstream while 256 KiB wait for the slowest reader', async () => {
      const scene = openScene();
      const [slow, fast] = [await scene.reader(), await scene.reader()];
      scene.send('x'.repeat(1024 * KIB));
      slow.client.stall();
      scene.send('y'.repeat(200 * KIB));
      expect(scene.paused).toBeUndefined();
      scene.send('y'.repeat(60 * KIB));
      const paused = scene.paused;
      expect(paused).toBeInstanceOf(Promise);
      await slow.client.goOn();
      await paused;
      expect([scene.paused, slow.text.length]).toEqual([undefined, fast.text.length]);
    });
  });
});
