import { createParser } from 'eventsource-parser';
import { type EventDecoder, MAX_EVENT_LENGTH, type ServerEvent } from './server-event.js';

/** Decodes `text/event-stream` (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export function createSseDecoder(maxEventLength = MAX_EVENT_LENGTH): EventDecoder {
  const text = new TextDecoder('utf-8', { fatal: true });
  let events: ServerEvent[] = [];
  let failure: Error | undefined;
  const parser = createParser({
    onEvent: ({ data, event }) => events.push(event === undefined ? { data } : { data, type: event }),
    onError: (error) => {
      // Unknown fields are to be ignored by the standard; only the bound is a failure.
      if (error.type === 'max-buffer-size-exceeded') failure = error;
    },
    maxBufferSize: maxEventLength,
  });

  const feed = (piece: string): ServerEvent[] => {
    events = [];
    parser.feed(piece);
    if (failure !== undefined) throw failure;
    return events;
  };

  return {
    decode: (bytes) => feed(text.decode(bytes, { stream: true })),
    // An event without its blank line is given all the same: `[DONE]` often comes so. Half an event is no JSON.
    end: () => feed(`${text.decode()}\n\n`),
  };
}
