import { isJsonObject, type JsonObject } from '@mana-llm/openai-api';

/** Texts that come piece by piece inside a field of a delta or of a tool call. */
const PIECED_TEXTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['function', ['arguments']],
  ['custom', ['input']],
  ['function_call', ['arguments']],
  ['audio', ['data', 'transcript']],
]);

function foldTexts(texts: readonly string[], before: JsonObject, piece: JsonObject): JsonObject {
  const folded: JsonObject = { ...before, ...piece };
  for (const text of texts) {
    const [start, end] = [before[text], piece[text]];
    if (typeof start === 'string' && typeof end === 'string') folded[text] = start + end;
  }
  return folded;
}

/**
 * Adds what one frame says to what those before it said: lists and the texts above grow, of anything else the last one counts.
 * The lists of `target` are its own.
 */
export function foldFields(target: JsonObject, pieces: JsonObject): void {
  for (const [field, piece] of Object.entries(pieces)) {
    if (piece === undefined) continue;
    const before = Object.hasOwn(target, field) ? target[field] : undefined;
    const texts = PIECED_TEXTS.get(field);
    if (Array.isArray(piece)) {
      if (Array.isArray(before)) before.push(...(piece as unknown[]));
      else target[field] = [...(piece as unknown[])];
    } else if (texts !== undefined && isJsonObject(before) && isJsonObject(piece)) {
      target[field] = foldTexts(texts, before, piece);
    } else if (piece !== null || before === undefined) target[field] = piece;
  }
}
