import type { Around } from './server-event.js';

/** What begins an event that was expected, and that with the end of the one before it. */
export interface Alike {
  around: Around;
  start: string;
  joint: string;
}

export function toAlike(around: Around): Alike {
  const start = `data: ${around.before}`;
  return { around, start, joint: `${around.after}\n\n${start}` };
}

/**
 * What the events say that are alike, from the first event of a text on, and what comes behind them. To look for one long text is
 * quicker than to take lines apart and to compare their beginnings and ends.
 */
export function splitAlike(text: string, { around, start, joint }: Alike): { texts: string[]; rest: string } {
  if (!text.startsWith(start)) return { texts: [], rest: text };
  const texts = text.slice(start.length).split(joint);
  const count = texts.findIndex((between) => between.includes('\n'));
  if (count === -1) return { texts: [], rest: text };
  // The last of them, or one that is followed by another event.
  const last = count === texts.length - 1 ? (texts[count] ?? '') : texts.slice(count).join(joint);
  texts.length = count;
  const lineEnd = last.indexOf('\n');
  const line = last.slice(0, lineEnd);
  if (!line.endsWith(around.after) || last[lineEnd + 1] !== '\n') return { texts, rest: start + last };
  texts.push(line.slice(0, line.length - around.after.length));
  return { texts, rest: last.slice(lineEnd + 2) };
}
