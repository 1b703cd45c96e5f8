import { latch } from '../../testing/latch.js';
import { SlotQueue } from './slot-queue.js';

const NEVER = new AbortController().signal;

function build(options: { slots?: number; maxWaiting?: number } = {}) {
  const sut = new SlotQueue({ provider: 'embedded', slots: 1, maxWaiting: 10, ...options });
  const started: string[] = [];
  const start = (name: string, signal = NEVER) => {
    const held = latch();
    const done = sut.run(signal, async () => {
      started.push(name);
      await held.opened;
      return name;
    });
    done.catch(() => undefined);
    return { done, finish: () => held.open() };
  };
  return { sut, started, start };
}

describe(SlotQueue.name, () => {
  it('runs as many tasks at once as there are slots', async () => {
    const { started, start } = build({ slots: 2 });
    const tasks = ['one', 'two', 'three'].map((name) => start(name));
    expect(started).toEqual(['one', 'two']);
    tasks.forEach((task) => task.finish());
    await expect(Promise.all(tasks.map((task) => task.done))).resolves.toEqual(['one', 'two', 'three']);
  });

  it('starts waiting tasks in the order of their arrival', async () => {
    const { started, start } = build();
    const tasks = ['one', 'two', 'three'].map((name) => start(name));
    for (const task of tasks) {
      task.finish();
      await task.done;
    }
    expect(started).toEqual(['one', 'two', 'three']);
  });

  it('frees the slot of a task that fails', async () => {
    const { sut } = build();
    await expect(sut.run(NEVER, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(sut.run(NEVER, () => Promise.resolve('next'))).resolves.toBe('next');
  });

  it('frees the place of a caller that leaves while waiting', async () => {
    const { started, start } = build({ maxWaiting: 1 });
    const running = start('running');
    const leaver = new AbortController();
    const left = start('left', leaver.signal);
    leaver.abort(new Error('left'));
    await expect(left.done).rejects.toThrow('left');
    const next = start('next');
    running.finish();
    next.finish();
    await expect(next.done).resolves.toBe('next');
    expect(started).toEqual(['running', 'next']);
  });

  it('does not begin a task whose caller has left already', async () => {
    const { sut } = build();
    const task = jest.fn();
    await expect(sut.run(AbortSignal.abort(new Error('gone')), task)).rejects.toThrow('gone');
    expect(task).not.toHaveBeenCalled();
  });

  it('refuses with 429 and a time to wait when the queue is full', async () => {
    const { sut, start } = build({ maxWaiting: 1 });
    const tasks = [start('running'), start('waiting')];
    await expect(sut.run(NEVER, () => Promise.resolve())).rejects.toMatchObject({
      name: 'UpstreamError',
      kind: 'refused',
      status: 429,
      retryAfterMs: expect.any(Number),
    });
    tasks.forEach((task) => task.finish());
    await Promise.all(tasks.map((task) => task.done));
  });
});
