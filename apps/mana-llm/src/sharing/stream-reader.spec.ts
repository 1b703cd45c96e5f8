import { FakeReader, left, openScene, Scene } from '../../test/support/shared-stream-scene.js';
import { StreamReader } from './stream-reader.js';

describe(StreamReader.name, () => {
  describe("a reader's own limits", () => {
    beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate'] }));
    afterEach(() => {
      expect(jest.getTimerCount()).toBe(0);
      jest.useRealTimers();
    });

    it.each([
      [
        'openByMs',
        () => ({ openByMs: Date.now() + 50 }),
        'The model did not begin its answer within 50 ms (first_token timeout).',
      ],
      [
        'maxSilenceMs',
        () => ({ maxSilenceMs: 50 }),
        'The model did not begin its answer within 50 ms (first_token timeout).',
      ],
      [
        'deadlineAtMs',
        () => ({ deadlineAtMs: Date.now() + 50 }),
        'The model did not finish its answer within 50 ms (total timeout).',
      ],
    ])('end its wait for the opening alone: %s', async (_which, limits, message) => {
      const scene = new Scene();
      const other = scene.reader();
      const opened = scene.stream.join(new FakeReader().context(limits()));
      jest.advanceTimersByTime(50);
      await expect(opened).rejects.toThrow(message);
      scene.opening.open();
      scene.upstream.complete();
      await other;
    });

    it('to begin with do not count once the stream is open', async () => {
      const scene = openScene();
      const reader = await scene.reader({ openByMs: Date.now() + 50 });
      jest.advanceTimersByTime(1000);
      expect(reader.end).toBeUndefined();
      reader.controller.abort(left);
    });

    it('of silence count from the last chunk, and end its stream alone', async () => {
      const scene = openScene();
      const [patient, impatient] = [await scene.reader(), await scene.reader({ maxSilenceMs: 50 })];
      jest.advanceTimersByTime(40);
      scene.send('a');
      jest.advanceTimersByTime(49);
      expect(impatient.end).toBeUndefined();
      jest.advanceTimersByTime(1);
      expect(impatient.end).toMatchObject({
        kind: 'timeout',
        phase: 'idle',
        isCallersLimit: true,
        message: 'The model fell silent in its answer within 50 ms (idle timeout).',
      });
      scene.send('b');
      scene.upstream.complete();
      expect([patient.text, patient.end]).toEqual(['ab', 'complete']);
    });

    it('of silence do not count while the gateway pauses the upstream', async () => {
      const scene = openScene();
      const reader = await scene.reader({ maxSilenceMs: 50 });
      reader.client.stall();
      scene.send('a');
      expect(scene.paused).toBeInstanceOf(Promise);
      jest.advanceTimersByTime(1000);
      expect(reader.end).toBeUndefined();
      await reader.client.goOn();
      jest.advanceTimersByTime(49);
      expect(reader.end).toBeUndefined();
      jest.advanceTimersByTime(1);
      expect(reader.end).toMatchObject({ phase: 'idle' });
    });

    it('of the whole call end its stream, and stop the upstream where it was the last', async () => {
      const scene = openScene();
      const reader = await scene.reader({ deadlineAtMs: Date.now() + 50 });
      scene.send('a');
      jest.advanceTimersByTime(50);
      expect([reader.text, reader.end]).toEqual(['a', expect.objectContaining({ phase: 'total' })]);
      expect(scene.signal?.reason).toBe(reader.end);
      expect(scene.onUpstreamLeft).toHaveBeenCalledTimes(1);
    });

    it('do not count once all has come, however slow it reads', async () => {
      const scene = openScene();
      const reader = await scene.reader({ deadlineAtMs: Date.now() + 50, maxSilenceMs: 20 });
      reader.client.stall();
      scene.send('a');
      scene.upstream.complete();
      jest.advanceTimersByTime(1000);
      await reader.client.goOn();
      expect([reader.text, reader.end]).toEqual(['a', 'complete']);
    });
  });
});
