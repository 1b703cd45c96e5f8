import { LoadedContexts } from './loaded-contexts.js';

const ps = (...models: object[]): object => ({ models });

describe(LoadedContexts.name, () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  const create = (answer: () => unknown): LoadedContexts => new LoadedContexts(async () => answer());

  it.each<[string, unknown, number | undefined]>([
    ['a loaded model', ps({ model: 'gemma3:4b', context_length: 8192 }), 8_192],
    ['a model that is not loaded', ps({ model: 'other:1', context_length: 8192 }), undefined],
    ['an older server', ps({ name: 'gemma3:4b' }), undefined],
    ['an answer of another form', 'pong', undefined],
  ])('reads %s', async (_what, answer, expected) => {
    expect(await create(() => answer).of('gemma3:4b')).toBe(expected);
  });

  it('finds a model under any of its names', async () => {
    const sut = create(() => ps({ model: 'gemma3:latest', context_length: 8192 }));
    expect(await sut.of('registry.ollama.ai/library/Gemma3')).toBe(8_192);
  });

  it('takes the size of a later request for the loaded one', async () => {
    const sut = create(() => ps({ model: 'a:1', context_length: 4096 }));
    await sut.of('a:1');
    await jest.advanceTimersByTimeAsync(10);
    sut.note('a:1', 16_384);
    expect(await sut.of('a:1')).toBe(16_384);
  });

  it('believes the server again once it was asked after that', async () => {
    let models = [{ model: 'a:1', context_length: 4096 }];
    const sut = create(() => ({ models }));
    sut.note('a:1', 16_384);
    await jest.advanceTimersByTimeAsync(10);
    expect(await sut.of('a:1')).toBe(4_096);
    models = [];
    await jest.advanceTimersByTimeAsync(60_000);
    expect(await sut.of('a:1')).toBeUndefined();
  });

  it('tells whether a model is loaded without waiting, and asks in the background', async () => {
    const sut = create(() => ps({ model: 'gemma3:latest' }));
    expect(sut.isReported('gemma3')).toBeUndefined();
    await jest.advanceTimersByTimeAsync(0);
    expect([sut.isReported('Gemma3'), sut.isReported('other')]).toEqual([true, false]);
    await jest.advanceTimersByTimeAsync(15_001);
    expect(sut.isReported('gemma3')).toBeUndefined();
  });

  it('remembers a request for a while, and keeps the size of the server where the request named none', async () => {
    const sut = create(() => ps({ model: 'a:1', context_length: 4096 }));
    await sut.of('a:1');
    await jest.advanceTimersByTimeAsync(10);
    expect(sut.isJustSent('a:1')).toBe(false);
    sut.note('A:1');
    expect([sut.isJustSent('a:1'), await sut.of('a:1')]).toEqual([true, 4_096]);
    await jest.advanceTimersByTimeAsync(15_001);
    expect(sut.isJustSent('a:1')).toBe(false);
  });

  it.each<[string, () => unknown]>([
    ['names the model and no size', () => ps({ name: 'a:1' })],
    [
      'does not answer',
      () => {
        throw new Error('refused');
      },
    ],
  ])('remembers what went out where the server %s', async (_what, answer) => {
    const sut = create(answer);
    sut.note('a:1', 16_384);
    await jest.advanceTimersByTimeAsync(10);
    expect(await sut.of('a:1')).toBe(16_384);
  });
});
