import { createParser } from 'eventsource-parser';
import {
  type Around,
  dataOf,
  DEFAULT_MAX_EVENT_LENGTH,
  type ServerEvent,
  UnreadableStreamError,
} from './server-event.js';
import { type Alike, splitAlike, toAlike } from './split-alike.js';

/**
 * CR and CRLF as LF, whatever the cuts. The parser waits for what follows a CR before it gives an event, and looks for the
 * other kind of line end to the end of each piece: quadratic in the length of a piece of many short lines.
 */
function createLineEnds(): (piece: string) => string {
  let endedInCr = false;
  return (piece) => {
    if (piece === '') return piece;
    const rest = endedInCr && piece.startsWith('\n') ? piece.slice(1) : piece;
    endedInCr = piece.endsWith('\r');
    return rest.includes('\r') ? rest.replace(/\r\n?/g, '\n') : rest;
  };
}

/** The same text in memory of its own: a piece of a longer text may keep all of it in memory. */
type CopyText = (text: string) => string;

/** Holds the beginning of an event back until more of it comes. The parser would hold it too, and with it all that came before. */
function createWholeEvents(copyText: CopyText): (piece: string) => string {
  let begun = '';
  return (piece) => {
    const end = piece.lastIndexOf('\n\n') + 2;
    const isWithoutEnd = end === 1;
    const whole = begun + (isWithoutEnd ? piece : piece.slice(0, end));
    begun = isWithoutEnd ? '' : copyText(piece.slice(end));
    return whole;
  };
}

/** Drops the first text that is too long, and those behind it. Returns whether there was one. */
function dropTooLong(texts: string[], maxLength: number): boolean {
  const index = texts.findIndex(({ length }) => length > maxLength);
  if (index !== -1) texts.length = index;
  return index !== -1;
}

/**
 * Between two reads. Events that stayed until the next one would keep the text of all their read. A list made before the next one is
 * old by then, and what an old list holds lives on until V8 collects the old generation.
 */
const NO_EVENTS: ServerEvent[] = [];

/** The same as `EventDecoder`, for text that was cut between characters. */
export interface SseTextDecoder {
  decode(text: string): ServerEvent[];
  end(): ServerEvent[];
  expect(around: Around | undefined): void;
}

/**
 * Decodes the text of `text/event-stream` (https://html.spec.whatwg.org/multipage/server-sent-events.html), of which it leaves out
 * `id` and `retry`. It uses nothing of Node. Throws `UnreadableStreamError` for an event over the bound.
 */
export function createSseTextDecoder(
  maxEventLength = DEFAULT_MAX_EVENT_LENGTH,
  copyText: CopyText = (text) => text,
): SseTextDecoder {
  const toLf = createLineEnds();
  const toWholeEvents = createWholeEvents(copyText);
  let events = NO_EVENTS;
  let isTooLong = false;
  let alike: Alike | undefined;
  /** The parser waits for nothing. */
  let isBetweenEvents = true;
  const parser = createParser({
    onEvent: ({ data, event }) => {
      // The parser bounds what waits for its end; the piece that brings the end may still go past it.
      if (data.length > maxEventLength) isTooLong = true;
      else if (!isTooLong) events.push(event === undefined ? { data } : { data, type: event });
    },
    // Unknown fields are to be ignored by the standard; only the bound is a failure.
    onError: ({ type }) => void (isTooLong ||= type === 'max-buffer-size-exceeded'),
    maxBufferSize: maxEventLength,
  });

  /** The events that were expected, and what is left of the text. */
  const takeAlike = (text: string): string => {
    if (alike === undefined || !isBetweenEvents) return text;
    const { around } = alike;
    const { texts, rest } = splitAlike(text, alike);
    isTooLong = dropTooLong(texts, maxEventLength - around.before.length - around.after.length);
    const [first] = texts;
    if (first !== undefined) events.push({ data: dataOf(around, first), alike: { around, texts } });
    return rest;
  };

  const decode = (text: string): ServerEvent[] => {
    events = [];
    const rest = takeAlike(toWholeEvents(toLf(text)));
    if (rest !== '') {
      parser.feed(rest);
      isBetweenEvents = rest.endsWith('\n\n');
    }
    const decoded = events;
    events = NO_EVENTS;
    if (isTooLong) throw new UnreadableStreamError(`An event is longer than ${maxEventLength} characters.`, decoded);
    return decoded;
  };

  return {
    decode,
    // An event without its blank line is given all the same: `[DONE]` often comes so. Half an event is no JSON.
    end: () => decode('\n\n'),
    expect: (around) => (alike = around && toAlike(around)),
  };
}
