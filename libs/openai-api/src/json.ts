import { randomUUID } from 'node:crypto';
import { endOfJsonString, JsonScanner, LONG_DIGITS, MAX_JSON_DEPTH } from './json-scanner.js';

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Bytes that came in pieces, as one; a single piece, as most texts are, is not copied. */
export function joinPieces(pieces: readonly Buffer[]): Buffer {
  const [first] = pieces;
  return pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces);
}

/** The text of UTF-8 without its byte order mark; throws `TypeError` for what is no UTF-8. JSON is UTF-8 (RFC 8259, 8.1). */
export function decodeUtf8(bytes: Uint8Array): string {
  return UTF8.decode(bytes);
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

const LONG_INTEGER = /[\s:,[]-?\d{16}/;

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
    if (token === '"') {
      const end = endOfJsonString(text, found.index + 1);
      if (end === -1) break;
      number.lastIndex = end;
    } else if (/^-?\d+$/.test(token) && !isExact(token)) {
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
  /** The scanner that has seen the text: then it is not looked at again. */
  scanner?: Pick<JsonScanner, 'hasLongInteger'>;
}

function scan(text: string, maxDepth: number): JsonScanner {
  const scanner = new JsonScanner({ maxDepth, maxValues: Infinity });
  scanner.push(text);
  return scanner;
}

/**
 * `JSON.parse` for the text of strangers. Throws `JsonLimitError` before anything is parsed, and `SyntaxError`. An integer
 * that a double would round becomes an `ExactInteger`.
 */
export function parseJson(text: string, options: ParseJsonOptions = {}): unknown {
  const { maxDepth = MAX_JSON_DEPTH, exactIntegers = true, scanner } = options;
  // A text shorter than the limit cannot nest deeper. Then one expression is quicker than a loop: 0.27 against 0.45 us for a chunk.
  const isShort = text.length <= maxDepth;
  if (!exactIntegers) {
    if (!isShort && hasMoreBrackets(text, maxDepth)) scan(text, maxDepth);
    return JSON.parse(text) as unknown;
  }
  const { hasLongInteger } = scanner ?? (isShort ? { hasLongInteger: LONG_INTEGER.test(text) } : scan(text, maxDepth));
  return (hasLongInteger ? JSON.parse(markIntegers(text), fromMark) : JSON.parse(text)) as unknown;
}

/** `JSON.stringify` that writes an `ExactInteger` by its digits. */
export function stringifyJson(value: object): string {
  const text = JSON.stringify(value);
  return hasMarks && text.includes(MARK) ? text.replace(MARKED, '$1') : text;
}
