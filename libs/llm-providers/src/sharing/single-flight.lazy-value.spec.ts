import { LazyValue } from './single-flight.js';

describe(LazyValue.name, () => {
  it('is made once for all who ask, and then kept', async () => {
    const make = jest.fn().mockResolvedValue('done');
    const sut = new LazyValue(make);
    await expect(Promise.all([sut.get(), sut.get()])).resolves.toEqual(['done', 'done']);
    await expect(sut.get()).resolves.toBe('done');
    await expect(sut.peek()).resolves.toBe('done');
    expect(make).toHaveBeenCalledTimes(1);
  });

  it('is made again after a failure', async () => {
    const make = jest.fn().mockRejectedValueOnce(new Error('broken')).mockResolvedValue('done');
    const sut = new LazyValue(make);
    await expect(sut.get()).rejects.toThrow('broken');
    expect(sut.peek()).toBeUndefined();
    await expect(sut.get()).resolves.toBe('done');
  });

  it('knows of no work before the first one asks', async () => {
    const make = jest.fn().mockResolvedValue('done');
    const sut = new LazyValue(make);
    expect(sut.peek()).toBeUndefined();
    const asked = sut.get();
    await expect(sut.peek()).resolves.toBe('done');
    await asked;
    expect(make).toHaveBeenCalledTimes(1);
  });
});
