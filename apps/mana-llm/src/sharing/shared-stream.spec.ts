import { of, take } from 'rxjs';
import {
  broken,
  FakeReader,
  left,
  listenersOf,
  openScene,
  Scene,
  settled,
} from '../../test/support/shared-stream-scene.js';
import { jsonSize } from './shared-log.js';
import { SharedStream } from './shared-stream.js';

describe(SharedStream.name, () => {
  it('opens once for all and gives each the whole stream', async () => {
    const scene = openScene();
    const readers = [await scene.reader(), await scene.reader()];
    scene.send('a', 'b');
    scene.upstream.complete();
    expect(readers.map(({ text, end }) => [text, end])).toEqual([
      ['ab', 'complete'],
      ['ab', 'complete'],
    ]);
    expect(scene.contexts).toHaveLength(1);
    expect(scene.signal?.aborted).toBe(false);
    expect(scene.onOver).toHaveBeenCalledTimes(1);
  });

  it('gives a late reader at once what was sent before, then what comes', async () => {
    const scene = openScene();
    await scene.reader();
    scene.send('a', 'b');
    const late = await scene.reader();
    expect(late.text).toBe('ab');
    scene.send('c');
    expect(late.text).toBe('abc');
  });

  it('can be joined after its end, while one of its readers is still reading', async () => {
    const scene = openScene();
    const slow = await scene.reader();
    slow.client.stall();
    scene.send('a', 'b');
    scene.upstream.complete();
    expect(scene.stream.isOver).toBe(false);
    const late = await scene.reader({ maxSilenceMs: 50, deadlineAtMs: Date.now() + 50 });
    expect([late.text, late.end, slow.end]).toEqual(['ab', 'complete', undefined]);
    await slow.client.goOn();
    expect([slow.text, slow.end, scene.stream.isOver]).toEqual(['ab', 'complete', true]);
    await expect(scene.stream.join(late.context())).rejects.toThrow('cannot be joined');
  });

  it('hands a whole stream to the cache before the readers see its end', async () => {
    const scene = openScene();
    const reader = await scene.reader();
    const endsThen: unknown[] = [];
    scene.onComplete.mockImplementation(() => endsThen.push(reader.end));
    scene.send('a', 'b');
    scene.upstream.complete();
    expect(endsThen).toEqual([undefined]);
    expect(scene.onComplete.mock.calls).toEqual([[[{ text: 'a' }, { text: 'b' }]]]);
  });

  it('gives a stream that ends as it opens', async () => {
    const onComplete = jest.fn();
    const stream = SharedStream.start(async () => of({ text: 'a' }), { sizeOf: jsonSize, onComplete });
    const reader = new FakeReader();
    reader.read(await stream.join(reader.context()));
    expect([reader.text, reader.end, onComplete.mock.calls.length]).toEqual(['a', 'complete', 1]);
  });

  it('serves 1,000 readers of one stream, who join all the way through', async () => {
    const scene = openScene();
    const readers: FakeReader[] = [];
    for (let sent = 0; sent < 100; sent += 1) {
      readers.push(...(await Promise.all(Array.from({ length: 10 }, () => scene.reader()))));
      scene.send(`${sent} `);
    }
    scene.upstream.complete();
    const whole = Array.from({ length: 100 }, (_, sent) => `${sent} `).join('');
    expect(readers.filter(({ text, end }) => text === whole && end === 'complete')).toHaveLength(1000);
    expect(scene.contexts).toHaveLength(1);
    expect(Math.max(...readers.map(({ controller }) => listenersOf(controller.signal)))).toBe(0);
  });

  describe('failures', () => {
    it('of the opening reach every reader', async () => {
      const onOver = jest.fn();
      const stream = SharedStream.start(
        () => {
          throw broken;
        },
        { sizeOf: jsonSize, onComplete: jest.fn(), onOver },
      );
      const readers = [new FakeReader(), new FakeReader()];
      const opened = readers.map((reader) => stream.join(reader.context({ maxSilenceMs: 50 })));
      for (const one of opened) await expect(one).rejects.toBe(broken);
      expect([stream.isOver, onOver.mock.calls.length]).toEqual([true, 1]);
      expect(readers.map(({ controller }) => listenersOf(controller.signal))).toEqual([0, 0]);
    });

    it('of the stream reach every reader after what came before, a slow one too', async () => {
      const scene = openScene();
      const [fast, slow] = [await scene.reader(), await scene.reader()];
      slow.client.stall();
      scene.send('a', 'b');
      scene.upstream.error(broken);
      expect([fast.text, fast.end, slow.end, scene.stream.isOver]).toEqual(['ab', broken, undefined, true]);
      await slow.client.goOn();
      expect([slow.text, slow.end]).toEqual(['ab', broken]);
      expect(scene.onComplete).not.toHaveBeenCalled();
      expect(scene.onOver).toHaveBeenCalledTimes(1);
    });
  });

  describe('a mistake of our own', () => {
    const throws = (): never => {
      throw broken;
    };

    it('on the side of one reader ends that one alone', async () => {
      const scene = openScene();
      const [faulty, sound] = [await scene.reader(), await scene.reader()];
      jest.spyOn(faulty.client, 'whenReady').mockImplementation(throws);
      scene.send('a');
      scene.upstream.complete();
      expect([faulty.text, faulty.end, sound.text, sound.end]).toEqual(['', broken, 'a', 'complete']);
      expect(listenersOf(faulty.controller.signal)).toBe(0);
    });

    it('in an item ends the stream for every reader, and leaves the upstream', async () => {
      const scene = openScene();
      const readers = [await scene.reader(), await scene.reader()];
      scene.send('a');
      jest.spyOn(scene.stream.log, 'push').mockImplementation(throws);
      scene.send('b');
      expect(readers.map(({ text, end }) => [text, end])).toEqual([
        ['a', broken],
        ['a', broken],
      ]);
      expect([scene.onUpstreamLeft.mock.calls.length, scene.stream.isOver]).toEqual([1, true]);
    });

    it('in the keeping of the whole stream ends it for every reader', async () => {
      const scene = openScene();
      const reader = await scene.reader();
      scene.onComplete.mockImplementation(throws);
      scene.send('a');
      scene.upstream.complete();
      expect([reader.text, reader.end, scene.stream.isOver]).toEqual(['a', broken, true]);
    });

    it('after the stream has opened stops what is at work', async () => {
      let signal: AbortSignal | undefined;
      const stream = SharedStream.start(
        async (context) => {
          signal = context.signal;
          throw broken;
        },
        { sizeOf: jsonSize, onComplete: jest.fn() },
      );
      await expect(stream.join(new FakeReader().context())).rejects.toBe(broken);
      expect(signal?.reason).toBe(broken);
    });
  });

  describe('leaving', () => {
    it('while it opens changes nothing for the others', async () => {
      const scene = new Scene();
      const [leader, follower] = [new FakeReader(), new FakeReader()];
      const opened = [scene.stream.join(leader.context()), scene.stream.join(follower.context())];
      leader.controller.abort(left);
      await expect(opened[0]).rejects.toBe(left);
      scene.opening.open();
      follower.read((await opened[1])!);
      scene.send('a');
      scene.upstream.complete();
      expect([follower.text, follower.end, scene.contexts.length]).toEqual(['a', 'complete', 1]);
    });

    it('in the stream changes nothing for the others', async () => {
      const scene = openScene();
      const [leader, follower] = [await scene.reader(), await scene.reader()];
      scene.send('a');
      leader.controller.abort(left);
      scene.send('b');
      scene.upstream.complete();
      expect([leader.text, leader.end, follower.text, follower.end]).toEqual(['a', left, 'ab', 'complete']);
      expect(scene.onComplete).toHaveBeenCalledTimes(1);
    });

    it('of the last one while it opens aborts it, and unsubscribes what opens all the same', async () => {
      const scene = new Scene();
      const reader = new FakeReader();
      const opened = scene.stream.join(reader.context());
      reader.controller.abort(left);
      await expect(opened).rejects.toBe(left);
      expect([scene.signal?.reason, scene.stream.isOver]).toEqual([left, true]);
      scene.opening.open();
      await settled();
      expect(scene.onUpstreamLeft).toHaveBeenCalledTimes(1);
      expect(scene.onComplete).not.toHaveBeenCalled();
    });

    it.each<[string, (reader: FakeReader, subscription: { unsubscribe(): void }) => void]>([
      ['unsubscribes', (_reader, subscription) => subscription.unsubscribe()],
      ['is gone', (reader) => reader.controller.abort(left)],
    ])('of the last one in the stream stops the upstream at once: it %s', async (_how, leave) => {
      const scene = openScene();
      const reader = new FakeReader();
      const subscription = reader.read(await scene.stream.join(reader.context({ maxSilenceMs: 5000 })));
      scene.send('a');
      const abortedThen: unknown[] = [];
      scene.onUpstreamLeft.mockImplementation(() => abortedThen.push(scene.signal?.aborted));
      leave(reader, subscription);
      expect(abortedThen).toEqual([false]);
      expect([scene.signal?.aborted, scene.stream.isOver]).toEqual([true, true]);
      expect(scene.onOver).toHaveBeenCalledTimes(1);
      expect(scene.onComplete).not.toHaveBeenCalled();
      expect(listenersOf(reader.controller.signal)).toBe(0);
    });

    it('between the opening and the subscription ends the stream with the reason', async () => {
      const scene = openScene();
      const reader = new FakeReader();
      const items$ = await scene.stream.join(reader.context());
      reader.controller.abort(left);
      expect(scene.onUpstreamLeft).toHaveBeenCalledTimes(1);
      reader.read(items$);
      expect(reader.end).toBe(left);
    });

    it('amid what a late reader is given stops it there', async () => {
      const scene = openScene();
      await scene.reader();
      scene.send('a', 'b', 'c');
      const late = new FakeReader();
      late.read((await scene.stream.join(late.context())).pipe(take(1)));
      expect([late.text, late.end]).toEqual(['a', 'complete']);
      expect(scene.onUpstreamLeft).not.toHaveBeenCalled();
    });

    it('before joining is leaving at once', async () => {
      const scene = openScene();
      await scene.reader();
      const gone = new FakeReader();
      gone.controller.abort(left);
      await expect(scene.stream.join(gone.context())).rejects.toBe(left);
      expect(scene.stream.isOver).toBe(false);
    });
  });
});
