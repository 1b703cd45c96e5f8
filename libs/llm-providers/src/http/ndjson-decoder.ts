import { type EventDecoder, MAX_EVENT_LENGTH, type ServerEvent } from './server-event.js';

/** Decodes newline-delimited JSON: one event a line, blank lines left out. */
export function createNdjsonDecoder(maxLineLength = MAX_EVENT_LENGTH): EventDecoder {
  const text = new TextDecoder('utf-8', { fatal: true });
  // Pieces of the unfinished line, joined once when its end comes: joining on every piece would take quadratic time.
  let pieces: string[] = [];
  let length = 0;

  const takeLine = (end: string): ServerEvent[] => {
    const line = (pieces.length === 0 ? end : pieces.join('') + end).trim();
    pieces = [];
    length = 0;
    return line === '' ? [] : [{ data: line }];
  };

  const feed = (piece: string): ServerEvent[] => {
    const lines = piece.split('\n');
    const rest = lines.pop() ?? '';
    const events = lines.flatMap(takeLine);
    pieces.push(rest);
    length += rest.length;
    if (length > maxLineLength) throw new RangeError(`a line is longer than ${maxLineLength} characters`);
    return events;
  };

  return {
    decode: (bytes) => feed(text.decode(bytes, { stream: true })),
    end: () => [...feed(text.decode()), ...takeLine('')],
  };
}
