import { SingleFlight } from './single-flight.js';

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
