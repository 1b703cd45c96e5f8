import { getEventListeners } from 'node:events';
import type { CallContext, CallerLimits, ReaderState } from '@mana-llm/llm-providers';
import { gate } from '@mana-llm/llm-providers/testing';
import type { ChatCompletionChunk } from '@mana-llm/openai-api';
import { finalize, type Observable, of, Subject, take } from 'rxjs';
import { StreamFlight } from './stream-flight.js';

const left = new Error('The client has left.');
const broken = new Error('The stream broke.');
const KIB = 1024;

const chunk = (content: string): ChatCompletionChunk => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 7,
  model: 'p/m',
  choices: [{ index: 0, delta: { content }, finish_reason: null }],
});
const textOf = ({ choices }: ChatCompletionChunk): string => choices[0]?.delta.content ?? '';
const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;
const settled = (): Promise<void> => new Promise(setImmediate);

/** A client whose pace the test sets. */
class FakeClient implements ReaderState {
  private gate: ReturnType<typeof gate> | undefined;

  stall(): void {
    this.gate ??= gate();
  }

  async goOn(): Promise<void> {
    this.gate?.open();
    this.gate = undefined;
    await settled();
  }

  whenReady(): Promise<void> | undefined {
    return this.gate?.opened;
  }
}

class FakeReader {
  readonly controller = new AbortController();
  readonly client = new FakeClient();
  readonly texts: string[] = [];
  end: unknown;

  context(limits: CallerLimits = {}): CallContext {
    return { signal: this.controller.signal, requestId: 'r', limits, reader: this.client };
  }

  read(chunks$: Observable<ChatCompletionChunk>): { unsubscribe(): void } {
    return chunks$.subscribe({
      next: (one) => this.texts.push(textOf(one)),
      error: (error: unknown) => {
        this.end = error;
      },
      complete: () => {
        this.end = 'complete';
      },
    });
  }

  get text(): string {
    return this.texts.join('');
  }
}

class Scene {
  readonly upstream = new Subject<ChatCompletionChunk>();
  readonly onComplete = jest.fn();
  readonly onOver = jest.fn();
  readonly contexts: { signal: AbortSignal; reader: ReaderState }[] = [];
  readonly onUpstreamLeft = jest.fn();
  readonly opening = gate();
  readonly flight = StreamFlight.start(
    async (context) => {
      this.contexts.push(context);
      await this.opening.opened;
      return this.upstream.pipe(finalize(this.onUpstreamLeft));
    },
    { onComplete: this.onComplete, onOver: this.onOver },
  );

  get signal(): AbortSignal | undefined {
    return this.contexts[0]?.signal;
  }

  get paused(): Promise<void> | undefined {
    return this.contexts[0]?.reader.whenReady();
  }

  async reader(limits: CallerLimits = {}): Promise<FakeReader> {
    const reader = new FakeReader();
    reader.read(await this.flight.join(reader.context(limits)));
    return reader;
  }

  send(...texts: string[]): void {
    for (const text of texts) this.upstream.next(chunk(text));
  }
}

/** A flight that is open. */
function openScene(): Scene {
  const scene = new Scene();
  scene.opening.open();
  return scene;
}

describe(StreamFlight.name, () => {
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
    expect(scene.flight.isOver).toBe(false);
    const late = await scene.reader({ maxSilenceMs: 50, deadlineAtMs: Date.now() + 50 });
    expect([late.text, late.end, slow.end]).toEqual(['ab', 'complete', undefined]);
    await slow.client.goOn();
    expect([slow.text, slow.end, scene.flight.isOver]).toEqual(['ab', 'complete', true]);
    await expect(scene.flight.join(late.context())).rejects.toThrow('cannot be joined');
  });

  it('hands a whole stream to the cache before the readers see its end', async () => {
    const scene = openScene();
    const reader = await scene.reader();
    const endsThen: unknown[] = [];
    scene.onComplete.mockImplementation(() => endsThen.push(reader.end));
    scene.send('a', 'b');
    scene.upstream.complete();
    expect(endsThen).toEqual([undefined]);
    expect(scene.onComplete.mock.calls).toEqual([[[chunk('a'), chunk('b')]]]);
  });

  it('gives a stream that ends as it opens', async () => {
    const onComplete = jest.fn();
    const flight = StreamFlight.start(async () => of(chunk('a')), { onComplete });
    const reader = new FakeReader();
    reader.read(await flight.join(reader.context()));
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
      const flight = StreamFlight.start(
        () => {
          throw broken;
        },
        { onComplete: jest.fn(), onOver },
      );
      const readers = [new FakeReader(), new FakeReader()];
      const opened = readers.map((reader) => flight.join(reader.context({ maxSilenceMs: 50 })));
      for (const one of opened) await expect(one).rejects.toBe(broken);
      expect([flight.isOver, onOver.mock.calls.length]).toEqual([true, 1]);
      expect(readers.map(({ controller }) => listenersOf(controller.signal))).toEqual([0, 0]);
    });

    it('of the stream reach every reader after what came before, a slow one too', async () => {
      const scene = openScene();
      const [fast, slow] = [await scene.reader(), await scene.reader()];
      slow.client.stall();
      scene.send('a', 'b');
      scene.upstream.error(broken);
      expect([fast.text, fast.end, slow.end, scene.flight.isOver]).toEqual(['ab', broken, undefined, true]);
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

    it('in a chunk ends the stream for every reader, and leaves the upstream', async () => {
      const scene = openScene();
      const readers = [await scene.reader(), await scene.reader()];
      scene.send('a');
      jest.spyOn(scene.flight.log, 'push').mockImplementation(throws);
      scene.send('b');
      expect(readers.map(({ text, end }) => [text, end])).toEqual([
        ['a', broken],
        ['a', broken],
      ]);
      expect([scene.onUpstreamLeft.mock.calls.length, scene.flight.isOver]).toEqual([1, true]);
    });

    it('in the keeping of the whole stream ends it for every reader', async () => {
      const scene = openScene();
      const reader = await scene.reader();
      scene.onComplete.mockImplementation(throws);
      scene.send('a');
      scene.upstream.complete();
      expect([reader.text, reader.end, scene.flight.isOver]).toEqual(['a', broken, true]);
    });

    it('after the stream has opened stops what is at work', async () => {
      let signal: AbortSignal | undefined;
      const flight = StreamFlight.start(
        async (context) => {
          signal = context.signal;
          throw broken;
        },
        { onComplete: jest.fn() },
      );
      await expect(flight.join(new FakeReader().context())).rejects.toBe(broken);
      expect(signal?.reason).toBe(broken);
    });
  });

  describe('leaving', () => {
    it('while it opens changes nothing for the others', async () => {
      const scene = new Scene();
      const [leader, follower] = [new FakeReader(), new FakeReader()];
      const opened = [scene.flight.join(leader.context()), scene.flight.join(follower.context())];
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
      const opened = scene.flight.join(reader.context());
      reader.controller.abort(left);
      await expect(opened).rejects.toBe(left);
      expect([scene.signal?.reason, scene.flight.isOver]).toEqual([left, true]);
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
      const subscription = reader.read(await scene.flight.join(reader.context({ maxSilenceMs: 5000 })));
      scene.send('a');
      const abortedThen: unknown[] = [];
      scene.onUpstreamLeft.mockImplementation(() => abortedThen.push(scene.signal?.aborted));
      leave(reader, subscription);
      expect(abortedThen).toEqual([false]);
      expect([scene.signal?.aborted, scene.flight.isOver]).toEqual([true, true]);
      expect(scene.onOver).toHaveBeenCalledTimes(1);
      expect(scene.onComplete).not.toHaveBeenCalled();
      expect(listenersOf(reader.controller.signal)).toBe(0);
    });

    it('between the opening and the subscription ends the stream with the reason', async () => {
      const scene = openScene();
      const reader = new FakeReader();
      const chunks$ = await scene.flight.join(reader.context());
      reader.controller.abort(left);
      expect(scene.onUpstreamLeft).toHaveBeenCalledTimes(1);
      reader.read(chunks$);
      expect(reader.end).toBe(left);
    });

    it('amid what a late reader is given stops it there', async () => {
      const scene = openScene();
      await scene.reader();
      scene.send('a', 'b', 'c');
      const late = new FakeReader();
      late.read((await scene.flight.join(late.context())).pipe(take(1)));
      expect([late.text, late.end]).toEqual(['a', 'complete']);
      expect(scene.onUpstreamLeft).not.toHaveBeenCalled();
    });

    it('before joining is leaving at once', async () => {
      const scene = openScene();
      await scene.reader();
      const gone = new FakeReader();
      gone.controller.abort(left);
      await expect(scene.flight.join(gone.context())).rejects.toBe(left);
      expect(scene.flight.isOver).toBe(false);
    });
  });

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
    ])('holds the upstream no more when a slow reader %s', async (_how, leave) => {
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
    it('takes no reader and stores nothing, and the readers it has get all', async () => {
      const scene = openScene();
      const reader = await scene.reader();
      scene.send('x'.repeat(1024 * KIB), 'y');
      expect([scene.flight.isOver, scene.onOver.mock.calls.length]).toEqual([true, 1]);
      await expect(scene.flight.join(new FakeReader().context())).rejects.toThrow('cannot be joined');
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
      expect(scene.flight.log.chunks).toHaveLength(10);
      expect(scene.paused).toBeUndefined();
      await slow.client.goOn();
      scene.send('z');
      expect([slow.text, slow.texts.length]).toEqual([fast.text, 1111]);
      expect(scene.flight.log.chunks).toHaveLength(1);
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
      const opened = scene.flight.join(new FakeReader().context(limits()));
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

    it('of silence do not count while we hold the upstream back', async () => {
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
