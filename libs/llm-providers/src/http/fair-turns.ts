/**
 * Shares the turns of the event loop among those with much to do. Each turn has a budget; who finds it used up waits, and one of
 * those that wait is let in at each turn, in their order, so that new requests are served in between.
 */
export class FairTurns {
  private readonly waiting: (() => void)[] = [];
  private spent = 0;
  private isTurnCounted = false;
  private turn = 0;

  constructor(private readonly budget: number) {}

  /** The number of this turn. */
  get current(): number {
    return this.turn;
  }

  /** Whether more may be done in this turn by one who was let in at turn `admittedAt`. Others do not overtake those that wait. */
  hasRoom(admittedAt: number): boolean {
    return this.spent < this.budget && (admittedAt === this.turn || this.waiting.length === 0);
  }

  /** Counts work that is done in this turn. */
  spend(size: number): void {
    this.spent += size;
    this.countTurn();
  }

  /** Calls `onTurn` in a later turn. */
  wait(onTurn: () => void): void {
    this.waiting.push(onTurn);
    this.countTurn();
  }

  private countTurn(): void {
    if (this.isTurnCounted) return;
    this.isTurnCounted = true;
    setImmediate(() => {
      this.spent = 0;
      this.turn += 1;
      this.isTurnCounted = false;
      const next = this.waiting.shift();
      if (this.waiting.length > 0) this.countTurn();
      next?.();
    });
  }
}
