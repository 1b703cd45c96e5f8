import { SharedTask } from './shared-task.js';

describe(SharedTask.name, () => {
  it('does the work once for all who ask', async () => {
    const work = jest.fn().mockResolvedValue('done');
    const sut = new SharedTask(work);
    await expect(Promise.all([sut.get(), sut.get()])).resolves.toEqual(['done', 'done']);
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('tries again after a failure', async () => {
    const work = jest.fn().mockRejectedValueOnce(new Error('broken')).mockResolvedValue('done');
    const sut = new SharedTask(work);
    await expect(sut.get()).rejects.toThrow('broken');
    await expect(sut.get()).resolves.toBe('done');
  });

  it('knows of no work before the first one asks', () => {
    const sut = new SharedTask(() => Promise.resolve('done'));
    expect(sut.peek()).toBeUndefined();
    const asked = sut.get();
    expect(sut.peek()).toBe(asked);
  });
});
