import {
  DEFAULT_MAX_EVENT_LENGTH,
  type EventDecoder,
  type ServerEvent,
  UnreadableStreamError,
} from './server-event.js';
import { createSseDecoder } from './sse-decoder.js';
import { type DecodedText, Utf8Decoder } from './utf8-decoder.js';

/** Blanks and line ends, and the three bytes of a byte order mark. */
const INSIGNIFICANT = new Set<number>(Buffer.from(' \t\r\n\uFEFF'));
/** How JSON and web pages begin, and no field of an event. */
const NO_STREAM = new Set<number | undefined>(Buffer.from('{["<'));

/** Decodes a body that is one text: one event, when all of it is there. */
function createTextDecoder(maxLength: number): EventDecoder {
  const utf8 = new Utf8Decoder();
  const pieces: string[] = [];
  let length = 0;

  const feed = ({ text, isValid }: DecodedText): ServerEvent[] => {
    pieces.push(text);
    length += text.length;
    if (length > maxLength) throw new UnreadableStreamError(`the text is longer than ${maxLength} characters`, []);
    if (!isValid) throw new UnreadableStreamError('the text is not UTF-8', []);
    return [];
  };

  return {
    decode: (bytes) => feed(utf8.decode(bytes)),
    end: () => [...feed(utf8.end()), { data: pieces.join(''), isWhole: true }],
  };
}

/**
 * Decodes the answer to a request for SSE: events, or one JSON text in their place, which is mostly an error. The first byte that
 * is not blank tells which of them it is. The content type does not: servers send streams as `application/json` and errors as
 * `text/event-stream`.
 */
export function createSseOrJsonDecoder(maxEventLength = DEFAULT_MAX_EVENT_LENGTH): EventDecoder {
  const sse = createSseDecoder(maxEventLength);
  let chosen: EventDecoder | undefined;

  const choose = (bytes: Uint8Array): ServerEvent[] => {
    const start = bytes.findIndex((byte) => !INSIGNIFICANT.has(byte));
    // Blank lines are no event of SSE, and no part of JSON.
    if (start === -1) return sse.decode(bytes);
    if (!NO_STREAM.has(bytes[start])) {
      chosen = sse;
      return sse.decode(bytes);
    }
    chosen = createTextDecoder(maxEventLength);
    return chosen.decode(bytes.subarray(start));
  };

  return {
    decode: (bytes) => (chosen === undefined ? choose(bytes) : chosen.decode(bytes)),
    end: () => (chosen ?? sse).end(),
    expect: (around) => sse.expect?.(around),
  };
}
