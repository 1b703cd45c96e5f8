import type { Around, ServerEvent } from './server-event.js';

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

const toEvent = (around: Around, between: string): ServerEvent => ({
  data: around.before + between + around.after,
  around,
  between,
});

/**
 * The events of a text that are alike, from its first on, and what comes behind them. To look for one long text is quicker than to
 * take lines apart and to compare their beginnings and ends.
 */
export function splitAlike(text: string, { around, start, joint }: Alike): { events: ServerEvent[]; rest: string } {
  if (!text.startsWith(start)) return { events: [], rest: text };
  const texts = text.slice(start.length).split(joint);
  const count = texts.findIndex((between) => between.includes('\n'));
  const events = texts.slice(0, count).map((between) => toEvent(around, between));
  // The last of them, or one that is followed by another event.
  const last = count === texts.length - 1 ? (texts[count] ?? '') : texts.slice(count).join(joint);
  const lineEnd = last.indexOf('\n');
  const line = last.slice(0, lineEnd);
  if (!line.endsWith(around.after) || last[lineEnd + 1] !== '\n') return { events, rest: start + last };
  events.push(toEvent(around, line.slice(0, line.length - around.after.length)));
  return { events, rest: last.slice(lineEnd + 2) };
}
