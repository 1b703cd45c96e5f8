import { createHash, hash, type Hash } from 'node:crypto';
import { ExactInteger, isJsonObject, type JsonObject } from '@mana-llm/openai-api';

/** The hash gets its text in pieces of about this length: a request may hold images of many megabytes. */
const PIECE_LENGTH = 64 * 1024;

/** An object or a list that is being written. */
interface Open {
  readonly items: JsonObject | readonly unknown[];
  /** Undefined for a list. */
  readonly names: readonly string[] | undefined;
  /** The position of the item that is written next. */
  next: number;
}

function openItem(item: object): Open {
  if (!isJsonObject(item)) return { items: item as readonly unknown[], names: undefined, next: 0 };
  // Undefined means no field: its name is not written.
  const names = Object.keys(item).filter((name) => item[name] !== undefined);
  return { items: item, names: names.sort(), next: 0 };
}

/** Names, roles, models: they need no escapes, and `JSON.stringify` takes longer to find that out. */
const PLAIN = /^[\w/.:-]{0,40}$/;

const quoted = (text: string): string => (PLAIN.test(text) ? `"${text}"` : JSON.stringify(text));

/** JSON has no undefined: in a list it is null. Half a surrogate pair is written as an escape, so that two different halves stay different. */
function scalar(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  return value instanceof ExactInteger ? value.digits : (JSON.stringify(value) ?? 'null');
}

/** A list of tokens. It may have a hundred thousand of them, and `JSON.stringify` writes the whole list fastest. */
function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'number');
}

/** Whether a JSON value holds more than `max` values; a list of numbers counts as one. It looks at no more than `max`. */
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
 * SHA-256, in hex, of a JSON value in canonical form: names sorted at every depth, no fields that are undefined. Values that are not
 * finished yet lie on a list: a deeply nested value would overflow the call stack.
 */
export function canonicalHash(value: unknown): string {
  const outer: Open[] = [];
  let long: Hash | undefined;
  let text = '';
  let open: Open = { items: [value], names: undefined, next: 0 };
  for (;;) {
    const { items, names, next } = open;
    if (next < (names ?? (items as readonly unknown[])).length) {
      open.next = next + 1;
      const name = names?.[next];
      const item = name === undefined ? (items as readonly unknown[])[next] : (items as JsonObject)[name];
      if (next > 0) text += ',';
      if (name !== undefined) text += `${quoted(name)}:`;
      if (typeof item !== 'object' || item === null || item instanceof ExactInteger) text += scalar(item);
      else if (isNumbers(item)) text += JSON.stringify(item);
      else {
        outer.push(open);
        open = openItem(item);
        text += open.names === undefined ? '[' : '{';
      }
    } else {
      const around = outer.pop();
      if (around === undefined) break;
      text += names === undefined ? ']' : '}';
      open = around;
    }
    if (text.length < PIECE_LENGTH) continue;
    long = (long ?? createHash('sha256')).update(text);
    text = '';
  }
  // For a text that is short, one call costs less than half of what a hash that can grow does.
  return long === undefined ? hash('sha256', text) : long.update(text).digest('hex');
}
