export interface JsonLimits {
  /** How deep it may nest. */
  maxDepth: number;
  /** How many values it may hold, counted by its brackets and commas. */
  maxValues: number;
}

/** How deep strangers' JSON may nest where nothing else is set. Real requests and answers stay under 30. */
export const MAX_JSON_DEPTH = 512;

/** Thrown for JSON that would cost more than its length tells: `message` says what is too much, `limit` how much is allowed. */
export class JsonLimitError extends Error {
  override readonly name = 'JsonLimitError';

  constructor(
    readonly limit: keyof JsonLimits,
    { maxDepth, maxValues }: JsonLimits,
  ) {
    super(limit === 'maxDepth' ? `it nests deeper than ${maxDepth} levels` : `it holds more than ${maxValues} values`);
  }
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Integers of up to 15 digits are exact as doubles. */
export const LONG_DIGITS = 16;

/** Whether the text before `end`, back to `from`, ends in an odd number of backslashes. `isEscaped`: one more stands before `from`. */
function endsEscaped(text: string, from: number, end: number, isEscaped: boolean): boolean {
  let start = end;
  while (start > from && text.charCodeAt(start - 1) === BACKSLASH) start -= 1;
  const isCarried = isEscaped && start === from;
  return (end - start + Number(isCarried)) % 2 === 1;
}

/** The place behind the quote that ends the string in which `from` stands; -1 where none does. */
export function endOfJsonString(text: string, from: number, isEscaped = false): number {
  for (let end = text.indexOf('"', from); end !== -1; end = text.indexOf('"', end + 1)) {
    if (!endsEscaped(text, from, end, isEscaped)) return end + 1;
  }
  return -1;
}

/**
 * Looks at the text of JSON outside its strings, once, before anything is parsed, and throws `JsonLimitError` at the first place
 * past a limit. The text may come in pieces that are cut anywhere; bytes of UTF-8 may come as Latin-1, since all that counts here is
 * ASCII.
 */
export class JsonScanner {
  /** Brackets and commas so far: about as many as there are values. */
  values = 0;
  /** Whether there is an integer so long that a double may round it. */
  hasLongInteger = false;
  private depth = 0;
  private digits = 0;
  private isInString = false;
  /** The piece before ended inside a string, in an odd number of backslashes. */
  private isEscaped = false;

  constructor(private readonly limits: JsonLimits) {}

  /** Whether every bracket and every string that was opened is closed. */
  get isBalanced(): boolean {
    return this.depth === 0 && !this.isInString;
  }

  push(text: string): void {
    const { maxDepth, maxValues } = this.limits;
    let { values, depth, digits } = this;
    for (let at = this.isInString ? this.skipString(text, 0) : 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code >= ZERO && code <= NINE) {
        digits += 1;
        if (digits === LONG_DIGITS) this.hasLongInteger = true;
        continue;
      }
      // What follows a point is a fraction, however long.
      digits = code === DOT ? -Infinity : 0;
      if (code === QUOTE) at = this.skipString(text, at + 1) - 1;
      else if (code === COMMA) values += 1;
      else if (code === OPEN_LIST || code === OPEN_OBJECT) {
        depth += 1;
        values += 1;
        if (depth > maxDepth) throw new JsonLimitError('maxDepth', this.limits);
      } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth -= 1;
      if (values > maxValues) throw new JsonLimitError('maxValues', this.limits);
    }
    this.values = values;
    this.depth = depth;
    this.digits = digits;
  }

  /** The place behind the string in which `from` stands: the text's length where it goes on in the next piece. */
  private skipString(text: string, from: number): number {
    const end = endOfJsonString(text, from, this.isEscaped);
    this.isInString = end === -1;
    this.isEscaped = this.isInString && endsEscaped(text, from, text.length, this.isEscaped);
    return this.isInString ? text.length : end;
  }
}
