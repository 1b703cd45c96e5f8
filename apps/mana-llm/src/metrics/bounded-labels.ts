/** What a value beyond the limit is called. */
export const OTHER_LABEL = 'other';

/** Keeps the number of time series finite: the first `limit` different values keep their name, the rest share one. */
export class BoundedLabels {
  private readonly admitted = new Set<string>();

  constructor(private readonly limit: number) {}

  /** The label for a value, which takes a place if one of the first `places` is left. */
  admit(value: string, places = this.limit): string {
    if (this.admitted.has(value)) {
      return value;
    }
    if (this.admitted.size >= places) {
      return OTHER_LABEL;
    }
    this.admitted.add(value);
    return value;
  }

  /** The label for a value that must not take a place by itself. */
  peek(value: string): string {
    return this.admitted.has(value) ? value : OTHER_LABEL;
  }
}
