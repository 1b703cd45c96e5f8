/** A value's place in a list; it stands in one list at a time. */
export class ListEntry<T> {
  previous: ListEntry<T> | undefined;
  next: ListEntry<T> | undefined;

  constructor(readonly value: T) {}
}

/** A list whose entries come at the end and leave from anywhere, in constant time. */
export class LinkedList<T> {
  private head: ListEntry<T> | undefined;
  private tail: ListEntry<T> | undefined;
  private count = 0;

  get size(): number {
    return this.count;
  }

  get first(): ListEntry<T> | undefined {
    return this.head;
  }

  get last(): ListEntry<T> | undefined {
    return this.tail;
  }

  append(entry: ListEntry<T>): void {
    entry.previous = this.tail;
    if (this.tail === undefined) this.head = entry;
    else this.tail.next = entry;
    this.tail = entry;
    this.count += 1;
  }

  /** The entry has to stand in this list. */
  remove(entry: ListEntry<T>): void {
    const { previous, next } = entry;
    if (previous === undefined) this.head = next;
    else previous.next = next;
    if (next === undefined) this.tail = previous;
    else next.previous = previous;
    entry.previous = undefined;
    entry.next = undefined;
    this.count -= 1;
  }
}

export interface Queued {
  /** The caller, as it was checked. */
  readonly caller: string;
  /** The name that the caller gives itself. */
  readonly callerName?: string;
}

/** Some waiting requests. `newcomer` is a request that does not wait yet. */
export interface RequestQueue<T> {
  readonly size: number;
  readonly next: ListEntry<T> | undefined;
  readonly newestOfLongest: ListEntry<T> | undefined;
  givingWayTo(newcomer: Queued): ListEntry<T> | undefined;
  countAhead(newcomer: Queued): number;
  append(entry: ListEntry<T>): void;
  serve(): T | undefined;
  remove(entry: ListEntry<T>): void;
}

/** A queue and its places among the others. */
class Member<T> {
  readonly turn = new ListEntry<Member<T>>(this);
  readonly rank = new ListEntry<Member<T>>(this);

  constructor(
    readonly key: Key,
    readonly queue: RequestQueue<T>,
  ) {}
}

const OTHERS = Symbol('all that are too many for queues of their own');
type Key = string | undefined | typeof OTHERS;

interface RoundRobinOptions<T> {
  keyOf: (queued: Queued) => string | undefined;
  open: () => RequestQueue<T>;
  maxQueues?: number;
}

/** Queues that are served by turns. */
export class RoundRobin<T extends Queued> implements RequestQueue<T> {
  private readonly members = new Map<Key, Member<T>>();
  private readonly memberOf = new Map<ListEntry<T>, Member<T>>();
  /** The queue whose turn is next comes first. */
  private readonly turns = new LinkedList<Member<T>>();
  /** At n - 1 the queues of length n; the last list is never empty. */
  private readonly byLength: LinkedList<Member<T>>[] = [];

  constructor(private readonly options: RoundRobinOptions<T>) {}

  get size(): number {
    return this.memberOf.size;
  }

  get next(): ListEntry<T> | undefined {
    return this.turns.first?.value.queue.next;
  }

  /** The newest request of the longest queue; of several such queues, of the one that has been so long for the longest time. */
  get newestOfLongest(): ListEntry<T> | undefined {
    return this.byLength.at(-1)?.first?.value.queue.newestOfLongest;
  }

  /** The request that makes room for a newcomer in a full queue: the newest of the longest queue, if that is fairer. */
  givingWayTo(newcomer: Queued): ListEntry<T> | undefined {
    const own = this.members.get(this.keyFor(newcomer))?.queue;
    return this.byLength.length > (own?.size ?? 0) + 1 ? this.newestOfLongest : own?.givingWayTo(newcomer);
  }

  /** How many go before a request that comes now, at most: each other queue has as many turns as this one needs. */
  countAhead(newcomer: Queued): number {
    const own = this.members.get(this.keyFor(newcomer))?.queue;
    const ahead = own?.countAhead(newcomer) ?? 0;
    const others = this.members.size - (own === undefined ? 0 : 1);
    return Math.min(this.size, ahead + others * (ahead + 1));
  }

  append(entry: ListEntry<T>): void {
    const key = this.keyFor(entry.value);
    const member = this.members.get(key) ?? this.open(key);
    this.memberOf.set(entry, member);
    this.unrank(member);
    member.queue.append(entry);
    this.rank(member);
  }

  /** Takes the next one out: its queue has had its turn. */
  serve(): T | undefined {
    const member = this.turns.first?.value;
    const entry = member?.queue.next;
    if (member === undefined || entry === undefined) return undefined;
    this.turns.remove(member.turn);
    this.turns.append(member.turn);
    this.take(entry, member, () => member.queue.serve());
    return entry.value;
  }

  /** Takes out a request that gives up, which costs its queue no turn. The entry has to wait here. */
  remove(entry: ListEntry<T>): void {
    const member = this.memberOf.get(entry);
    if (member !== undefined) this.take(entry, member, () => member.queue.remove(entry));
  }

  private keyFor(queued: Queued): Key {
    const { keyOf, maxQueues = Infinity } = this.options;
    const key = keyOf(queued);
    return this.members.has(key) || this.members.size < maxQueues ? key : OTHERS;
  }

  private open(key: Key): Member<T> {
    const member = new Member(key, this.options.open());
    this.members.set(key, member);
    this.turns.append(member.turn);
    return member;
  }

  private take(entry: ListEntry<T>, member: Member<T>, takeOut: () => void): void {
    this.memberOf.delete(entry);
    this.unrank(member);
    takeOut();
    this.rank(member);
    if (member.queue.size > 0) return;
    this.turns.remove(member.turn);
    this.members.delete(member.key);
  }

  private rank({ queue, rank }: Member<T>): void {
    const { size } = queue;
    if (size > 0) (this.byLength[size - 1] ??= new LinkedList()).append(rank);
    // Lengths change by one: no more than the last list can have become empty.
    if (this.byLength.at(-1)?.size === 0) this.byLength.pop();
  }

  private unrank({ queue, rank }: Member<T>): void {
    this.byLength[queue.size - 1]?.remove(rank);
  }
}
