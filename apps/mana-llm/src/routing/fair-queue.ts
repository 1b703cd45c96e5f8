import { LinkedList, ListEntry } from './linked-list.js';

/** Those of one caller, and the caller's places among the others. */
class Line<T> {
  readonly waiting = new LinkedList<T>();
  readonly turn = new ListEntry<Line<T>>(this);
  readonly rank = new ListEntry<Line<T>>(this);
}

/** First come, first served for each caller, and by turns among callers. Everything takes constant time. */
export class FairQueue<T extends { readonly caller: string }> {
  private readonly lines = new Map<string, Line<T>>();
  /** The caller whose turn is next comes first. */
  private readonly turns = new LinkedList<Line<T>>();
  /** At n - 1 the lines of length n; the last list is never empty. */
  private readonly byLength: LinkedList<Line<T>>[] = [];
  private count = 0;

  get size(): number {
    return this.count;
  }

  get next(): ListEntry<T> | undefined {
    return this.turns.first?.value.waiting.first;
  }

  /** The newest one of the caller that has the most. */
  get newestOfLongest(): ListEntry<T> | undefined {
    return this.byLength.at(-1)?.first?.value.waiting.last;
  }

  /** The one that makes room for a newcomer in a full queue: the newest of the longest line, where that is the fairer for it. */
  givingWayTo(caller: string): ListEntry<T> | undefined {
    const own = this.lines.get(caller)?.waiting.size ?? 0;
    return this.byLength.length > own + 1 ? this.newestOfLongest : undefined;
  }

  /** How many go before one who comes now, at most: each other caller has as many turns as this one needs. */
  countAhead(caller: string): number {
    const own = this.lines.get(caller)?.waiting.size ?? 0;
    const others = this.lines.size - (own === 0 ? 0 : 1);
    return Math.min(this.count, own + others * (own + 1));
  }

  add(value: T): ListEntry<T> {
    const entry = new ListEntry(value);
    const line = this.lines.get(value.caller) ?? this.open(value.caller);
    this.unrank(line);
    line.waiting.append(entry);
    this.rank(line);
    this.count += 1;
    return entry;
  }

  /** Takes the next one out: its caller has had its turn. */
  serve(): T | undefined {
    const line = this.turns.first?.value;
    const entry = line?.waiting.first;
    if (line === undefined || entry === undefined) return undefined;
    this.turns.remove(line.turn);
    this.turns.append(line.turn);
    this.remove(entry);
    return entry.value;
  }

  /** Takes out one who gives up, which costs its caller no turn. The entry has to wait here. */
  remove(entry: ListEntry<T>): void {
    const { caller } = entry.value;
    const line = this.lines.get(caller);
    if (line === undefined) return;
    this.unrank(line);
    line.waiting.remove(entry);
    this.rank(line);
    this.count -= 1;
    if (line.waiting.size > 0) return;
    this.turns.remove(line.turn);
    this.lines.delete(caller);
  }

  private open(caller: string): Line<T> {
    const line = new Line<T>();
    this.lines.set(caller, line);
    this.turns.append(line.turn);
    return line;
  }

  private rank(line: Line<T>): void {
    const { size } = line.waiting;
    if (size > 0) (this.byLength[size - 1] ??= new LinkedList()).append(line.rank);
    // Lengths change by one: no more than the last list can have become empty.
    if (this.byLength.at(-1)?.size === 0) this.byLength.pop();
  }

  private unrank(line: Line<T>): void {
    this.byLength[line.waiting.size - 1]?.remove(line.rank);
  }
}
