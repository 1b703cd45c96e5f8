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
