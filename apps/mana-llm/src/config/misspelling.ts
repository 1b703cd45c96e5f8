/** Levenshtein distance, row by row. */
export function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}

/** One edit for four letters: with more edits, too many words are near a short one. */
const LETTERS_PER_EDIT = 4;

function isNear(one: string, other: string, minEdits: number): boolean {
  const maxEdits = Math.max(minEdits, Math.floor(other.length / LETTERS_PER_EDIT));
  return Math.abs(one.length - other.length) <= maxEdits && editDistance(one, other) <= maxEdits;
}

const TWO_PARTS = /^([^_]+)_(.+)$/;

/**
 * Whether the name of a variable is a misspelling of a known one. The first word says to which program the variable
 * belongs, so it must be near by itself: `XI_API_KEY` is not `XAI_API_KEY`.
 */
export function isMisspelt(name: string, known: string): boolean {
  if (name.replaceAll('_', '').toUpperCase() === known.replaceAll('_', '')) return true;
  const [, stem, rest] = TWO_PARTS.exec(known) ?? [];
  const [, nameStem, nameRest] = TWO_PARTS.exec(name) ?? [];
  // A single word has too many neighbours: PROJECT is not PROTECT.
  if (stem === undefined || rest === undefined || nameStem === undefined || nameRest === undefined) return false;
  return isNear(nameStem, stem, 0) && isNear(nameRest, rest, 1);
}
