import {
  DEFAULT_MAX_EVENT_LENGTH,
  type EventDecoder,
  type ServerEvent,
  UnreadableStreamError,
} from './server-event.js';
import { createSseTextDecoder } from './sse-text-decoder.js';
import { copyText, Utf8Decoder } from './utf8-decoder.js';

function checkUtf8(events: ServerEvent[], isValid: boolean): ServerEvent[] {
  if (isValid) return events;
  throw new UnreadableStreamError('The stream is not UTF-8.', events);
}

/** Decodes the bytes of `text/event-stream`, as `createSseTextDecoder` does its text. */
export function createSseDecoder(maxEventLength = DEFAULT_MAX_EVENT_LENGTH): EventDecoder {
  const utf8 = new Utf8Decoder();
  const events = createSseTextDecoder(maxEventLength, copyText);
  return {
    decode: (bytes) => {
      const { text, isValid } = utf8.decode(bytes);
      return checkUtf8(events.decode(text), isValid);
    },
    end: () => {
      const { isValid } = utf8.end();
      return checkUtf8(isValid ? events.end() : [], isValid);
    },
    expect: (around) => events.expect(around),
  };
}
