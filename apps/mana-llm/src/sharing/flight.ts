import { readerLimits, ReaderWatch, type WaitingReader } from './reader-watch.js';

export interface FlightOptions {
  /** Called once, when the flight can be joined no more. */
  onOver?: () => void;
}

interface Seat<T> {
  watch: ReaderWatch;
  resolve: (value: T) => void;
  reject: (reason: unknown) => void;
}

/**
 * One piece of work that several readers wait for. It runs under a signal of its own: a reader that leaves, the first one too,
 * only stops waiting, and the work is aborted when the last one has left.
 */
export class Flight<T> {
  private readonly controller = new AbortController();
  private readonly seats = new Set<Seat<T>>();
  private hasEnded = false;

  private constructor(private readonly options: FlightOptions) {}

  static start<T>(work: (signal: AbortSignal) => Promise<T>, options: FlightOptions = {}): Flight<T> {
    const flight = new Flight<T>(options);
    new Promise<T>((resolve) => resolve(work(flight.controller.signal))).then(
      (value) => flight.land((seat) => seat.resolve(value)),
      (error: unknown) => flight.land((seat) => seat.reject(error)),
    );
    return flight;
  }

  /** True once the work has ended or was abandoned: then it can be joined no more. */
  get isOver(): boolean {
    return this.hasEnded;
  }

  get readers(): number {
    return this.seats.size;
  }

  /** What the work gives, or its error; the reader's own reason where it leaves first, a timeout at its own limit. */
  join({ signal, limits }: WaitingReader): Promise<T> {
    if (this.isOver) return Promise.reject(new Error('A flight that is over cannot be joined.'));
    return new Promise<T>((resolve, reject) => {
      const watch = new ReaderWatch(signal, (reason) => this.leave(seat, reason));
      const seat: Seat<T> = { watch, resolve, reject };
      this.seats.add(seat);
      watch.limit('total', readerLimits(limits, 'buffered').totalMs);
      watch.begin();
    });
  }

  private land(settle: (seat: Seat<T>) => void): void {
    if (this.hasEnded) return;
    this.end();
    for (const seat of this.seats) {
      seat.watch.end();
      settle(seat);
    }
    this.seats.clear();
  }

  private leave(seat: Seat<T>, reason: unknown): void {
    this.seats.delete(seat);
    seat.reject(reason);
    if (this.seats.size > 0) return;
    this.end();
    this.controller.abort(reason);
  }

  private end(): void {
    this.hasEnded = true;
    this.options.onOver?.();
  }
}
