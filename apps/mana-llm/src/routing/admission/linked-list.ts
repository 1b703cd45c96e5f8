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
