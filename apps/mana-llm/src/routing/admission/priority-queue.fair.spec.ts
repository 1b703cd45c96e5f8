import fc from 'fast-check';
import { FairQueue, MAX_CALLER_NAMES } from './priority-queue.js';
import type { ListEntry, Queued } from './round-robin.js';

interface Value extends Queued {
  id: number;
}

/** `aab` stands for two of caller a and one of b, in this order. */
function queueOf(callers: string): { queue: FairQueue<Value>; entries: ListEntry<Value>[] } {
  const queue = new FairQueue<Value>();
  return { queue, entries: [...callers].map((caller, id) => queue.add({ caller, id })) };
}

function serveAll(queue: FairQueue<Value>): string {
  let served = '';
  for (let value = queue.serve(); value !== undefined; value = queue.serve()) served += `${value.caller}${value.id} `;
  return served.trim();
}

/** `ax` is caller a under the name x, `a` caller a without one. */
function toQueued(text: string): Queued {
  const [caller = '', callerName] = text;
  return callerName === undefined ? { caller } : { caller, callerName };
}

function namedQueueOf(texts: string): { queue: FairQueue<Value>; entries: ListEntry<Value>[] } {
  const queue = new FairQueue<Value>();
  return { queue, entries: texts.split(' ').map((text, id) => queue.add({ ...toQueued(text), id })) };
}

describe(FairQueue.name, () => {
  it.each([
    ['aaa', 'a0 a1 a2'],
    ['aaaab', 'a0 b4 a1 a2 a3'],
    ['aabbcc', 'a0 b2 c4 a1 b3 c5'],
    ['abcaab', 'a0 b1 c2 a3 b5 a4'],
  ])('serves %s as %s', (callers, served) => {
    expect(serveAll(queueOf(callers).queue)).toBe(served);
  });

  it('has nobody to serve when it is empty', () => {
    const { queue } = queueOf('');
    expect(queue).toMatchObject({ size: 0, next: undefined, newestOfLongest: undefined });
    expect(queue.serve()).toBeUndefined();
  });

  it('puts one who comes again behind all callers that wait', () => {
    const { queue } = queueOf('abc');
    queue.serve();
    queue.add({ caller: 'a', id: 3 });
    expect(serveAll(queue)).toBe('b1 c2 a3');
  });

  it('takes no turn from a caller whose first one gives up', () => {
    const { queue, entries } = queueOf('aab');
    queue.remove(entries[0]!);
    expect(serveAll(queue)).toBe('a1 b2');
  });

  it.each([
    ['', 'a', 0],
    ['aaa', 'a', 3],
    ['aaaaaa', 'b', 1],
    ['abc', 'd', 3],
    ['aaaab', 'b', 3],
    ['aaab', 'a', 4],
  ])('has for %j and a new one of %s no more than %d ahead', (callers, caller, ahead) => {
    expect(queueOf(callers).queue.countAhead({ caller })).toBe(ahead);
  });

  it('names the newest one of the caller that has the most', () => {
    const { queue, entries } = queueOf('abbcb');
    expect(queue.newestOfLongest).toBe(entries[4]);
    queue.remove(entries[4]!);
    expect(queue.newestOfLongest).toBe(entries[2]);
  });

  describe('of callers with names', () => {
    it.each([
      ['ax ax ay b', 'a0 b3 a2 a1'],
      ['ax ay az b b', 'a0 b3 a1 b4 a2'],
      ['ax bx ax bx', 'a0 b1 a2 b3'],
      ['ax a ax a', 'a0 a1 a2 a3'],
    ])('takes turns among callers first, then among the names of each: %s as %s', (texts, served) => {
      expect(serveAll(namedQueueOf(texts).queue)).toBe(served);
    });

    it('lets no caller win by a fresh name for each request', () => {
      const { queue } = queueOf('');
      for (let id = 0; id < 100; id += 1) queue.add({ caller: 'a', callerName: `fresh ${id}`, id });
      queue.add({ caller: 'b', id: 100 });
      expect(queue.countAhead({ caller: 'c' })).toBe(2);
      queue.serve();
      expect(queue.next?.value).toMatchObject({ caller: 'b' });
    });

    it('has a caller’s names past the bound share one turn', () => {
      const { queue } = queueOf('');
      let id = 0;
      const add = (callerName: string): ListEntry<Value> => queue.add({ caller: 'a', callerName, id: id++ });
      add('service');
      for (let name = 1; name < MAX_CALLER_NAMES; name += 1) add(`name ${name}`);
      const many = Array.from({ length: 50 }, (_, name) => add(`many ${name}`));
      add('service');
      for (let turn = 0; turn < MAX_CALLER_NAMES; turn += 1) queue.serve();
      expect(queue.serve()).toBe(many[0]?.value);
      expect(queue.serve()).toMatchObject({ callerName: 'service' });
      expect(queue.serve()).toBe(many[1]?.value);
      many.slice(2).forEach((entry) => queue.remove(entry));
      expect(queue).toMatchObject({ size: 0, next: undefined, newestOfLongest: undefined });
    });

    it.each([
      ['ax ay az b', 'b', 0],
      ['ax ay az b', 'bx', 0],
      ['ax ay b c', 'd', 0],
      ['ax b c', 'd', undefined],
      ['ax ax ay b b', 'c', 1],
      ['ax ax ay b', 'ay', undefined],
      ['ax ax ay b', 'az', 1],
      ['ax ax ax b b b', 'ay', 2],
      ['ax ay b b b', 'az', undefined],
    ])('makes in %s room for %s by the newest of the longest: %s', (texts, newcomer, givingWay) => {
      const { queue, entries } = namedQueueOf(texts);
      const expected = givingWay === undefined ? undefined : entries[givingWay];
      expect(queue.givingWayTo(toQueued(newcomer))).toBe(expected);
    });
  });

  const add = fc
    .record({ caller: fc.constantFrom('a', 'b', 'c', 'd'), callerName: fc.constantFrom('x', 'y', undefined) })
    .map(({ caller, callerName }) => ({
      kind: 'add' as const,
      queued: callerName === undefined ? { caller } : { caller, callerName },
    }));
  const remove = fc.nat().map((which) => ({ kind: 'remove' as const, which }));
  const serve = fc.constant({ kind: 'serve' as const });

  it('knows its length, its longest line and a bound for everybody, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(add, remove, serve), { maxLength: 60 }), (steps) => {
        const queue = new FairQueue<Value>();
        let entries: ListEntry<Value>[] = [];
        const ofCaller = (caller: string) => entries.filter(({ value }) => value.caller === caller);
        const ofName = ({ caller, callerName }: Queued) =>
          ofCaller(caller).filter(({ value }) => value.callerName === callerName);
        steps.forEach((step, id) => {
          if (step.kind === 'add') entries.push(queue.add({ ...step.queued, id }));
          else if (step.kind === 'serve') {
            const served = queue.serve();
            if (served !== undefined) expect(ofName(served)[0]?.value).toBe(served);
            entries = entries.filter(({ value }) => value !== served);
          } else entries.splice(step.which % (entries.length || 1), 1).forEach((entry) => queue.remove(entry));

          expect(queue.size).toBe(entries.length);
          const longest = queue.newestOfLongest;
          const lengths = ['a', 'b', 'c', 'd'].map((caller) => ofCaller(caller).length);
          if (longest === undefined) expect(entries).toEqual([]);
          else {
            expect(ofCaller(longest.value.caller)).toHaveLength(Math.max(...lengths));
            expect(ofName(longest.value).at(-1)).toBe(longest);
            const names = [...new Set(ofCaller(longest.value.caller).map(({ value }) => ofName(value).length))];
            expect(ofName(longest.value)).toHaveLength(Math.max(...names));
          }
        });
        const ahead = queue.countAhead({ caller: 'a', callerName: 'x' });
        const last = { caller: 'a', callerName: 'x', id: -1 };
        queue.add(last);
        let served = 0;
        while (queue.serve() !== last) served += 1;
        expect(served).toBeLessThanOrEqual(ahead);
      }),
      { numRuns: 300 },
    );
  });
});
