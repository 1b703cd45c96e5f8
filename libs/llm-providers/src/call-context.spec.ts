import { untilAborted } from './call-context.js';

describe(untilAborted.name, () => {
  const never = new Promise<never>(() => undefined);
  const { signal } = new AbortController();

  it('gives what the promise gives', async () => {
    await expect(untilAborted(Promise.resolve(1), signal)).resolves.toBe(1);
    await expect(untilAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
  });

  it('ends with the reason of the signal, before the promise or from the start', async () => {
    const controller = new AbortController();
    const waiting = untilAborted(never, controller.signal);
    controller.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
    await expect(untilAborted(Promise.resolve(1), controller.signal)).rejects.toThrow('left');
  });
});
