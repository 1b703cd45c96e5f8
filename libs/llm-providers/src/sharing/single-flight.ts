interface Caller<T> {
  resolve: (value: T) => void;
  reject: (reason: unknown) => void;
  /** Ends what watches the caller's signal. */
  unwatch: () => void;
}

/**
 * One run of work that several callers wait for. It has a signal of its own: a caller that leaves, the first one too, only stops
 * waiting, and the work is aborted when the last caller has left.
 */
export class SharedWork<T> {
  private readonly controller = new AbortController();
  private readonly callers = new Set<Caller<T>>();
  private hasEnded = false;

  private constructor(private readonly onOver: () => void) {}

  /** `onOver` is called once, when no caller can join any more. */
  static start<T>(work: (signal: AbortSignal) => Promise<T>, onOver: () => void = () => undefined): SharedWork<T> {
    const shared = new SharedWork<T>(onOver);
    // Also what the work throws before it gives a promise fails the callers.
    new Promise<T>((resolve) => resolve(work(shared.controller.signal))).then(
      (value) => shared.settle((caller) => caller.resolve(value)),
      (error: unknown) => shared.settle((caller) => caller.reject(error)),
    );
    return shared;
  }

  /** True once the work has ended, or its last caller has left. */
  get isOver(): boolean {
    return this.hasEnded;
  }

  /** What the work gives, or its error; the reason of the signal for a caller that leaves first. Without a signal it never leaves. */
  join(signal?: AbortSignal): Promise<T> {
    if (this.hasEnded) return Promise.reject(new Error('Work that is over cannot be joined.'));
    return new Promise<T>((resolve, reject) => {
      const leave = (): void => this.leave(caller, signal?.reason);
      const unwatch = (): void => signal?.removeEventListener('abort', leave);
      const caller: Caller<T> = { resolve, reject, unwatch };
      this.callers.add(caller);
      if (signal?.aborted) leave();
      else signal?.addEventListener('abort', leave, { once: true });
    });
  }

  private settle(tell: (caller: Caller<T>) => void): void {
    if (this.hasEnded) return;
    this.end();
    for (const caller of this.callers) {
      caller.unwatch();
      tell(caller);
    }
    this.callers.clear();
  }

  private leave(caller: Caller<T>, reason: unknown): void {
    this.callers.delete(caller);
    caller.reject(reason);
    if (this.callers.size > 0) return;
    this.end();
    this.controller.abort(reason);
  }

  private end(): void {
    this.hasEnded = true;
    this.onOver();
  }
}

/**
 * Work that callers share while it runs: the first caller starts it, callers who come before its end get the same result. A result is
 * not kept: the next caller after the end starts the work again.
 */
export class SingleFlight<T> {
  private running: SharedWork<T> | undefined;

  constructor(private readonly work: (signal: AbortSignal) => Promise<T>) {}

  get isRunning(): boolean {
    return this.running !== undefined;
  }

  /** The result of the work that runs, which is started where none does. A caller that has left already starts nothing. */
  join(signal?: AbortSignal): Promise<T> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    this.running ??= SharedWork.start(this.work, () => (this.running = undefined));
    return this.running.join(signal);
  }
}

/** A value that is made when it is first needed, and then kept. After a failure the next caller tries again. */
export class LazyValue<T> {
  private readonly making: SingleFlight<T>;
  private made: Promise<T> | undefined;

  constructor(make: () => Promise<T>) {
    this.making = new SingleFlight(async () => {
      const value = await make();
      this.made = Promise.resolve(value);
      return value;
    });
  }

  /** Callers at the same time share one making. It goes on when they no longer wait: later callers need the value too. */
  get(): Promise<T> {
    return this.made ?? this.making.join();
  }

  /** The value, or the one that is being made; undefined where nobody has asked yet, and after a failure. */
  peek(): Promise<T> | undefined {
    return this.made ?? (this.making.isRunning ? this.making.join() : undefined);
  }
}
