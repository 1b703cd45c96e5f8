import { randomUUID } from 'node:crypto';

/** How deep strangers' JSON may nest where nothing else is set. Real requests and answers stay under 30. */
export const MAX_JSON_DEPTH = 512;

/** Thrown for JSON that nests deeper than allowed: code that walks it would overflow the stack. */
export class JsonTooDeepError extends Error {
  override readonly name = 'JsonTooDeepError';

  constructor(maxDepth: number) {
    super(`it nests deeper than ${maxDepth} levels`);
  }
}

/** Marks the digits of an integer inside JSON text. Nobody outside this process knows it. */
const MARK = `exact-integer:${randomUUID()}:`;
const MARKED = new RegExp(`"${MARK}(-?\\d+)"`, 'g');
let hasMarks = false;

/** An integer that a double cannot hold, kept by its digits. `stringifyJson` writes the digits; nothing else may write it. */
export class ExactInteger {
  constructor(readonly digits: string) {
    hasMarks = true;
  }

  /** The nearest double. */
  valueOf(): number {
    return Number(this.digits);
  }

  toJSON(): string {
    return MARK + this.digits;
  }
}

const QUOTE = 0x22;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const BACKSLASH = 0x5c;
/** Integers of up to 15 digits are exact as doubles. */
const LONG_DIGITS = 16;
const LONG_INTEGER = /[\s:,[]-?\d{16}/;

/** The place of the quote that ends the string which begins at `start`; the text's length where none does. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

/** Looks at everything outside strings once: throws at too deep a nesting, and tells whether a long integer is there. */
function scan(text: string, maxDepth: number): boolean {
  let depth = 0;
  let digits = 0;
  let hasLongInteger = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= ZERO && code <= NINE) {
      digits += 1;
      if (digits === LONG_DIGITS) hasLongInteger = true;
      continue;
    }
    // What follows a point is a fraction, however long.
    digits = code === DOT ? -Infinity : 0;
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth > maxDepth) throw new JsonTooDeepError(maxDepth);
    } else if (code === 0x5d || code === 0x7d) depth -= 1;
  }
  return hasLongInteger;
}

/** Whether a text has more opening brackets than `count`, strings included: only such a text can nest deeper. */
function hasMoreBrackets(text: string, count: number): boolean {
  let left = count;
  for (const bracket of ['[', '{']) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      left -= 1;
      if (left < 0) return true;
    }
  }
  return false;
}

/** Whether JSON would write the integer's digits again, were it read as a double. */
const isExact = (integer: string): boolean => integer.length < LONG_DIGITS || String(Number(integer)) === integer;

/** The same JSON with a marked text in the place of each integer that a double cannot hold. */
function markIntegers(text: string): string {
  const number = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|"/g;
  let marked = '';
  let copied = 0;
  for (let found = number.exec(text); found !== null; found = number.exec(text)) {
    const [token] = found;
    if (token === '"') number.lastIndex = endOfString(text, found.index) + 1;
    else if (/^-?\d+$/.test(token) && !isExact(token)) {
      marked += `${text.slice(copied, found.index)}"${MARK}${token}"`;
      copied = number.lastIndex;
    }
  }
  return marked + text.slice(copied);
}

const fromMark = (_name: string, value: unknown): unknown =>
  typeof value === 'string' && value.startsWith(MARK) ? new ExactInteger(value.slice(MARK.length)) : value;

export interface ParseJsonOptions {
  maxDepth?: number;
  /** False where only doubles are read, vectors above all: then long integers are not looked for. */
  exactIntegers?: boolean;
}

/**
 * `JSON.parse` for the text of strangers. Throws `JsonTooDeepError` before anything is parsed, and `SyntaxError`. An integer
 * that a double would round becomes an `ExactInteger`.
 */
export function parseJson(text: string, { maxDepth = MAX_JSON_DEPTH, exactIntegers = true }: ParseJsonOptions = {}) {
  // A text shorter than the limit cannot nest deeper. Then one expression is quicker than a loop: 0.27 against 0.45 us for a chunk.
  const isShort = text.length <= maxDepth;
  if (!exactIntegers) {
    if (!isShort && hasMoreBrackets(text, maxDepth)) scan(text, maxDepth);
    return JSON.parse(text) as unknown;
  }
  const hasLongInteger = isShort ? LONG_INTEGER.test(text) : scan(text, maxDepth);
  return (hasLongInteger ? JSON.parse(markIntegers(text), fromMark) : JSON.parse(text)) as unknown;
}

/** `JSON.stringify` that writes an `ExactInteger` by its digits. */
export function stringifyJson(value: object): string {
  const text = JSON.stringify(value);
  return hasMarks && text.includes(MARK) ? text.replace(MARKED, '$1') : text;
}
