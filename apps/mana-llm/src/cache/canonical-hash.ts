import { createHash } from 'node:crypto';
import { ExactInteger, isJsonObject, type JsonObject } from '@mana-llm/openai-api';

/** Text is handed to the hash in pieces of about this length: a request may hold images of many megabytes. */
const PIECE_LENGTH = 64 * 1024;

/** An object or a list of which the items before `next` are written. */
interface Open {
  values: readonly unknown[];
  /** Undefined for a list. */
  names: readonly string[] | undefined;
  next: number;
}

const NOTHING: Open = { values: [], names: undefined, next: 0 };

function openObject(object: JsonObject): Open {
  const names = Object.keys(object)
    .filter((name) => object[name] !== undefined)
    .sort();
  return { names, values: names.map((name) => object[name]), next: 0 };
}

/** JSON knows no undefined: in a list it is null. Half a surrogate pair is written as an escape, so that none is like another. */
function scalar(value: unknown): string {
  return value instanceof ExactInteger ? value.digits : (JSON.stringify(value) ?? 'null');
}

/** A list of tokens. There may be a hundred thousand of them, and the engine writes them at once. */
function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'number');
}

/** Whether a JSON value holds more values than `max`, a list of numbers taken as one. No more than `max` are looked at. */
export function hasMoreValues(value: unknown, max: number): boolean {
  const left: unknown[] = [value];
  let count = 0;
  for (let item = left.pop(); item !== undefined; item = left.pop()) {
    count += 1;
    if (typeof item !== 'object' || item === null || isNumbers(item)) continue;
    const items: unknown[] = Array.isArray(item) ? item : Object.values(item).filter((inner) => inner !== undefined);
    if (count + left.length + items.length > max) return true;
    for (const inner of items) left.push(inner);
  }
  return count > max;
}

/**
 * SHA-256, in hex, of a JSON value in canonical form: names sorted at every depth, fields that are undefined left out. What is
 * not written yet lies on a list of our own and not on the call stack, which a deeply nested value would overflow.
 */
export function canonicalHash(value: unknown): string {
  const hash = createHash('sha256');
  const outer: Open[] = [];
  let text = '';
  let open = NOTHING;
  const write = (item: unknown): void => {
    if (typeof item !== 'object' || item === null || item instanceof ExactInteger) {
      text += scalar(item);
      return;
    }
    if (isNumbers(item)) {
      text += JSON.stringify(item);
      return;
    }
    outer.push(open);
    open = isJsonObject(item) ? openObject(item) : { values: item as unknown[], names: undefined, next: 0 };
    text += open.names === undefined ? '[' : '{';
  };
  write(value);
  while (outer.length > 0) {
    const { values, names, next } = open;
    if (next < values.length) {
      open.next = next + 1;
      if (next > 0) text += ',';
      if (names !== undefined) text += `${scalar(names[next])}:`;
      write(values[next]);
    } else {
      text += names === undefined ? ']' : '}';
      open = outer.pop() ?? NOTHING;
    }
    if (text.length < PIECE_LENGTH) continue;
    hash.update(text);
    text = '';
  }
  return hash.update(text).digest('hex');
}
