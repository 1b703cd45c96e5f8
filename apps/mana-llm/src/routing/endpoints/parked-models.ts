const MAX_MODELS = 1000;

/** The models that an endpoint must not be asked for until a time, as its 429 says. Reads cost no waiting. */
export interface ParkedModels {
  /** A shorter time never shortens the one that runs. */
  park(model: string, forMs: number): void;
  /** Milliseconds left, 0 when it is not parked. */
  parkedForMs(model: string): number;
}

export class MemoryParkedModels implements ParkedModels {
  private readonly endsAtMs = new Map<string, number>();

  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  park(model: string, forMs: number): void {
    const nowMs = this.nowMs();
    this.endsAtMs.set(model, Math.max(this.endsAtMs.get(model) ?? 0, nowMs + forMs));
    // Names come from clients: without a bound they fill the memory.
    if (this.endsAtMs.size > MAX_MODELS) this.makeRoom(nowMs);
  }

  parkedForMs(model: string): number {
    const endsAtMs = this.endsAtMs.get(model);
    return endsAtMs === undefined ? 0 : Math.max(0, endsAtMs - this.nowMs());
  }

  /** Drops what is over; where nothing is, the one that ends soonest. */
  private makeRoom(nowMs: number): void {
    let soonest: [model: string, endsAtMs: number] = ['', Infinity];
    for (const [model, endsAtMs] of this.endsAtMs) {
      if (endsAtMs <= nowMs) this.endsAtMs.delete(model);
      else if (endsAtMs < soonest[1]) soonest = [model, endsAtMs];
    }
    if (this.endsAtMs.size > MAX_MODELS) this.endsAtMs.delete(soonest[0]);
  }
}
