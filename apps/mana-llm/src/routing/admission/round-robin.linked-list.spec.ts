import fc from 'fast-check';
import { LinkedList, ListEntry } from './round-robin.js';

function valuesOf<T>(list: LinkedList<T>): T[] {
  const values: T[] = [];
  for (let entry = list.first; entry !== undefined; entry = entry.next) values.push(entry.value);
  return values;
}

describe(LinkedList.name, () => {
  it('is empty at first', () => {
    const list = new LinkedList<number>();
    expect(list).toMatchObject({ size: 0, first: undefined, last: undefined });
  });

  it('takes an entry again that was taken out', () => {
    const list = new LinkedList<number>();
    const entries = [1, 2, 3].map((value) => new ListEntry(value));
    entries.forEach((entry) => list.append(entry));
    const [one] = entries as [ListEntry<number>];
    list.remove(one);
    list.append(one);
    expect(valuesOf(list)).toEqual([2, 3, 1]);
  });

  it('keeps the order of the rest, whoever leaves', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat(), { nil: undefined })), (steps) => {
        const list = new LinkedList<number>();
        const entries: ListEntry<number>[] = [];
        steps.forEach((leaver, position) => {
          if (leaver === undefined || entries.length === 0) {
            const entry = new ListEntry(position);
            entries.push(entry);
            list.append(entry);
          } else entries.splice(leaver % entries.length, 1).forEach((entry) => list.remove(entry));
          expect(valuesOf(list)).toEqual(entries.map(({ value }) => value));
          expect(list.size).toBe(entries.length);
          expect(list.first).toBe(entries[0]);
          expect(list.last).toBe(entries.at(-1));
        });
      }),
    );
  });
});
