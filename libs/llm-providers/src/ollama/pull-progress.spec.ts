import { createPullProgressReader } from './pull-progress.js';

describe(createPullProgressReader.name, () => {
  it('tells each tenth once', () => {
    const read = createPullProgressReader();
    const told = Array.from({ length: 101 }, (_, completed) => read({ digest: 'a', total: 100, completed })?.percent);
    expect(told.filter((percent) => percent !== undefined)).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
  });

  it('counts the layers together and never goes back', () => {
    const read = createPullProgressReader();
    expect(read({ digest: 'a', total: 100, completed: 55 })).toEqual({ percent: 50, totalBytes: 100 });
    expect(read({ digest: 'b', total: 100, completed: 0 })).toBeUndefined();
    expect(read({ digest: 'b', total: 100, completed: 20 })).toBeUndefined();
    expect(read({ digest: 'a', total: 100, completed: 100 })).toEqual({ percent: 60, totalBytes: 200 });
  });

  it.each([
    [{ status: 'pulling manifest' }],
    [{ digest: 'a' }],
    [{ digest: 'a', total: 0 }],
    [{ digest: 'a', total: 5 }],
  ])('has nothing to tell at %j', (line) => {
    expect(createPullProgressReader()(line)).toBeUndefined();
  });
});
