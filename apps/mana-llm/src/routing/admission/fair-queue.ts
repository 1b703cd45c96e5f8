import { ListEntry } from './linked-list.js';
import { Arrivals, type Line, type Queued, Rounds } from './rounds.js';

/** A caller has so many names, and one more for all others: a fresh name for each request wins no turns. */
export const MAX_CALLER_NAMES = 32;

/** By turns among callers, then among the names within each, then first come, first served. Everything takes constant time. */
export class FairQueue<T extends Queued> extends Rounds<T> {
  constructor() {
    const openNames = (): Line<T> =>
      new Rounds<T>({
        keyOf: ({ callerName }) => callerName,
        open: () => new Arrivals<T>(),
        maxLines: MAX_CALLER_NAMES,
      });
    super({ keyOf: ({ caller }) => caller, open: openNames });
  }

  add(value: T): ListEntry<T> {
    const entry = new ListEntry(value);
    this.append(entry);
    return entry;
  }
}
