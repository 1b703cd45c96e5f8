import { createParser } from 'eventsource-parser';
import { type EventDecoder, MAX_EVENT_LENGTH, type ServerEvent } from './server-event.js';

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

/** Decodes `text/event-stream` (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export function createSseDecoder(maxEventLength = MAX_EVENT_LENGTH): EventDecoder {
  const text = new TextDecoder('utf-8', { fatal: true });
  const toLf = createLineEnds();
  let events: ServerEvent[] = [];
  let failure: Error | undefined;
  const parser = createParser({
    onEvent: ({ data, event }) => {
      // The parser bounds what waits for its end; the piece that brings the end may still go past it.
      if (data.length > maxEventLength)
        failure = new RangeError(`an event is longer than ${maxEventLength} characters`);
      else if (failure === undefined) events.push(event === undefined ? { data } : { data, type: event });
    },
    onError: (error) => {
      // Unknown fields are to be ignored by the standard; only the bound is a failure.
      if (error.type === 'max-buffer-size-exceeded') failure = error;
    },
    maxBufferSize: maxEventLength,
  });

  const feed = (piece: string): ServerEvent[] => {
    events = [];
    parser.feed(toLf(piece));
    if (failure !== undefined) throw failure;
    return events;
  };

  return {
    decode: (bytes) => feed(text.decode(bytes, { stream: true })),
    // An event without its blank line is given all the same: `[DONE]` often comes so. Half an event is no JSON.
    end: () => feed(`${text.decode()}\n\n`),
  };
}
