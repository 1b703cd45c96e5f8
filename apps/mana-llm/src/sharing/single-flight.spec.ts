import { latch } from '@mana-llm/llm-providers/testing';
import { type Observable, of, Subject } from 'rxjs';
import { SingleFlightGroup, StreamFlightGroup } from './single-flight.js';

const reader = (): { signal: AbortSignal } => ({ signal: new AbortController().signal });

describe(SingleFlightGroup.name, () => {
  let sut: SingleFlightGroup<string>;

  beforeEach(() => {
    sut = new SingleFlightGroup();
  });

  it('runs the work of a key once, and tells the leader from its followers', async () => {
    const { opened, open } = latch();
    const work = jest.fn(() => opened.then(() => 'done'));
    const all = [sut.join('a', reader(), work), sut.join('a', reader(), work), sut.join('b', reader(), work)];
    open();
    expect(await Promise.all(all)).toEqual([
      { value: 'done', isLeader: true },
      { value: 'done', isLeader: false },
      { value: 'done', isLeader: true },
    ]);
    expect(work).toHaveBeenCalledTimes(2);
  });

  it('runs the work again once it is over', async () => {
    const work = jest.fn(async () => 'done');
    await sut.join('a', reader(), work);
    expect(await sut.join('a', reader(), work)).toEqual({ value: 'done', isLeader: true });
    expect(work).toHaveBeenCalledTimes(2);
  });

  it('finds work by each of its keys until it is over', async () => {
    const { opened, open } = latch();
    const work = sut.start(['a', 'b'], () => opened.then(() => 'done'));
    expect(['a', 'b', 'c'].map((key) => sut.find(key))).toEqual([work, work, undefined]);
    const joined = work.join(reader().signal);
    open();
    expect(await joined).toBe('done');
    expect([sut.find('a'), sut.find('b')]).toEqual([undefined, undefined]);
  });

  it('keeps newer work of a key when older work of the same key ends', async () => {
    const { opened, open } = latch();
    const older = sut.start(['a', 'b'], () => opened.then(() => 'older')).join(reader().signal);
    const newer = sut.start(['b'], () => new Promise(() => undefined));
    open();
    await older;
    expect([sut.find('a'), sut.find('b')]).toEqual([undefined, newer]);
  });
});

describe(StreamFlightGroup.name, () => {
  const itemsOf = (items$: Observable<string>): string[] => {
    const seen: string[] = [];
    items$.subscribe((item) => seen.push(item));
    return seen;
  };

  it('opens the stream of a key once, for items of any kind, and tells all readers the same about it', async () => {
    const upstream = new Subject<string>();
    const open = jest.fn(async () => ({ items$: upstream, info: { model: 'p/m' } }));
    const onComplete = jest.fn();
    const sut = new StreamFlightGroup<string, { model: string }>((text) => text.length);
    const [leader, follower] = await Promise.all([
      sut.join('a', reader(), { open, onComplete }),
      sut.join('a', reader(), { open, onComplete }),
    ]);
    expect([leader, follower].map(({ info, isLeader }) => [info, isLeader])).toEqual([
      [{ model: 'p/m' }, true],
      [{ model: 'p/m' }, false],
    ]);
    const seen = [itemsOf(leader.items$), itemsOf(follower.items$)];
    upstream.next('x');
    upstream.complete();
    expect(seen).toEqual([['x'], ['x']]);
    expect([open.mock.calls.length, onComplete.mock.calls]).toEqual([1, [[['x']]]]);
  });

  it('opens the stream anew where the one before was too long to be kept', async () => {
    const open = jest.fn(async () => ({ items$: of('x'), info: undefined }));
    const sut = new StreamFlightGroup<string, undefined>(() => 2 * 1024 * 1024);
    const work = { open, onComplete: jest.fn() };
    await sut.join('a', reader(), work);
    expect((await sut.join('a', reader(), work)).isLeader).toBe(true);
    expect([open.mock.calls.length, work.onComplete.mock.calls.length]).toEqual([2, 0]);
  });
});
