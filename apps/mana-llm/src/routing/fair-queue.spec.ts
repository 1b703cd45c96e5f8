import fc from 'fast-check';
import { FairQueue } from './fair-queue.js';
import type { ListEntry } from './linked-list.js';

interface Value {
  caller: string;
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
    expect(queueOf(callers).queue.countAhead(caller)).toBe(ahead);
  });

  it('names the newest one of the caller that has the most', () => {
    const { queue, entries } = queueOf('abbcb');
    expect(queue.newestOfLongest).toBe(entries[4]);
    queue.remove(entries[4]!);
    expect(queue.newestOfLongest).toBe(entries[2]);
  });

  const add = fc.constantFrom('a', 'b', 'c', 'd').map((caller) => ({ kind: 'add' as const, caller }));
  const remove = fc.nat().map((which) => ({ kind: 'remove' as const, which }));
  const serve = fc.constant({ kind: 'serve' as const });

  it('knows its length, its longest line and a bound for everybody, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(add, remove, serve), { maxLength: 60 }), (steps) => {
        const queue = new FairQueue<Value>();
        let entries: ListEntry<Value>[] = [];
        const ofCaller = (caller: string) => entries.filter(({ value }) => value.caller === caller);
        steps.forEach((step, id) => {
          if (step.kind === 'add') entries.push(queue.add({ caller: step.caller, id }));
          else if (step.kind === 'serve') {
            const served = queue.serve();
            if (served !== undefined) expect(ofCaller(served.caller)[0]?.value).toBe(served);
            entries = entries.filter(({ value }) => value !== served);
          } else entries.splice(step.which % (entries.length || 1), 1).forEach((entry) => queue.remove(entry));

          expect(queue.size).toBe(entries.length);
          const longest = queue.newestOfLongest;
          const lengths = ['a', 'b', 'c', 'd'].map((caller) => ofCaller(caller).length);
          if (longest === undefined) expect(entries).toEqual([]);
          else {
            expect(ofCaller(longest.value.caller)).toHaveLength(Math.max(...lengths));
            expect(ofCaller(longest.value.caller).at(-1)).toBe(longest);
          }
        });
        const ahead = queue.countAhead('a');
        const last = { caller: 'a', id: -1 };
        queue.add(last);
        let served = 0;
        while (queue.serve() !== last) served += 1;
        expect(served).toBeLessThanOrEqual(ahead);
      }),
      { numRuns: 300 },
    );
  });
});
