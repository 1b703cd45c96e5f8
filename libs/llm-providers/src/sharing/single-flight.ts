interface Caller<T> {
  resolve: (value: T) => void;
  reject: (reason: unknown) => void;
  /** Ends what watches the caller's signal. */
  unwatch: () => void;
}

interface Run<T> {
  controller: AbortController;
  callers: Set<Caller<T>>;
}

/**
 * Work that callers share while it runs: the first caller starts it, callers who come before its end get the same result.
 * A caller whose signal is aborted leaves alone, with the reason of its signal. The work has a signal of its own, which is
 * aborted when the last caller has left. A result is not kept: the next caller after the end starts the work again.
 */
export class SingleFlight<T> {
  private run: Run<T> | undefined;

  constructor(private readonly work: (signal: AbortSignal) => Promise<T>) {}

  get isRunning(): boolean {
    return this.run !== undefined;
  }

  /** The result of the work that runs, which is started where none does. A caller without a signal never leaves. */
  join(signal?: AbortSignal): Promise<T> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    return new Promise<T>((resolve, reject) => {
      const run = (this.run ??= this.start());
      const leave = (): void => this.leave(run, caller, signal?.reason);
      const unwatch = (): void => signal?.removeEventListener('abort', leave);
      const caller: Caller<T> = { resolve, reject, unwatch };
      signal?.addEventListener('abort', leave, { once: true });
      run.callers.add(caller);
    });
  }

  private start(): Run<T> {
    const run: Run<T> = { controller: new AbortController(), callers: new Set() };
    // Also what the work throws before it gives a promise fails the callers.
    new Promise<T>((resolve) => resolve(this.work(run.controller.signal))).then(
      (value) => this.settle(run, (caller) => caller.resolve(value)),
      (error: unknown) => this.settle(run, (caller) => caller.reject(error)),
    );
    return run;
  }

  private settle(run: Run<T>, tell: (caller: Caller<T>) => void): void {
    if (this.run !== run) return;
    this.run = undefined;
    for (const caller of run.callers) {
      caller.unwatch();
      tell(caller);
    }
  }

  private leave(run: Run<T>, caller: Caller<T>, reason: unknown): void {
    run.callers.delete(caller);
    caller.reject(reason);
    if (run.callers.size > 0) return;
    this.run = undefined;
    run.controller.abort(reason);
  }
}
