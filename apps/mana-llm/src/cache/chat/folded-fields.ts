import { isJsonObject, type JsonObject, setField } from '@mana-llm/openai-api';

/** Texts of a delta that name something, and so are said whole. Servers repeat some of them on each frame. */
const LABELS: ReadonlySet<string> = new Set([
  ...['id', 'index', 'type', 'name', 'role', 'object', 'model', 'format', 'status', 'channel', 'phase'],
  ...['signature', 'thought_signature'],
]);

function append(target: JsonObject, field: string, items: readonly unknown[]): void {
  const before = Object.hasOwn(target, field) ? target[field] : undefined;
  if (!Array.isArray(before)) return setField(target, field, [...items]);
  // One by one: a call with a list of strangers as its arguments overflows the stack.
  for (const item of items) before.push(item);
}

/** Adds what a frame says of an answer or a choice to what was said before: lists grow, of anything else the last one counts. */
export function foldFields(target: JsonObject, fields: JsonObject): void {
  for (const [field, value] of Object.entries(fields)) {
    if (Array.isArray(value)) append(target, field, value);
    else if (value !== undefined && (value !== null || !Object.hasOwn(target, field))) setField(target, field, value);
  }
}

/**
 * Adds one delta to those before it, as openai-python does for fields that it does not know (`accumulate_delta`): texts and lists
 * grow, objects are added field by field. Of labels and of everything else the last one counts.
 */
export function foldDelta(target: JsonObject, delta: JsonObject): void {
  for (const [field, piece] of Object.entries(delta)) {
    const before = Object.hasOwn(target, field) ? target[field] : undefined;
    if (typeof piece === 'string' && typeof before === 'string' && !LABELS.has(field)) {
      setField(target, field, before + piece);
    } else if (isJsonObject(piece) && isJsonObject(before)) {
      foldDelta(before, piece);
    } else if (isJsonObject(piece)) {
      const copy: JsonObject = {};
      setField(target, field, copy);
      foldDelta(copy, piece);
    } else foldFields(target, { [field]: piece });
  }
}
