/** Work that is done once, for everybody who waits for it; when it fails, the next caller tries again. */
export class SharedTask<T> {
  private current: Promise<T> | undefined;

  constructor(private readonly work: () => Promise<T>) {}

  get(): Promise<T> {
    this.current ??= this.work().catch((error: unknown) => {
      this.current = undefined;
      throw error;
    });
    return this.current;
  }

  /** What was done or is being done, if anything. */
  peek(): Promise<T> | undefined {
    return this.current;
  }
}
