import {
  DEFAULT_MAX_EVENT_LENGTH,
  type EventDecoder,
  type ServerEvent,
  UnreadableStreamError,
} from './server-event.js';
import { copyText, type DecodedText, Utf8Decoder } from './utf8-decoder.js';

/**
 * Decodes newline-delimited JSON (https://github.com/ndjson/ndjson-spec): one event a line, without blank lines. The lines are not
 * parsed.
 */
export function createNdjsonDecoder(maxLineLength = DEFAULT_MAX_EVENT_LENGTH): EventDecoder {
  const utf8 = new Utf8Decoder();
  // Pieces of the unfinished line, joined once when its end comes: joining on every piece would take quadratic time.
  let pieces: string[] = [];
  let length = 0;

  const keepBound = (lineLength: number, events: ServerEvent[]): void => {
    if (lineLength > maxLineLength)
      throw new UnreadableStreamError(`a line is longer than ${maxLineLength} characters`, events);
  };

  const takeLine = (end: string): ServerEvent[] => {
    const line = (pieces.length === 0 ? end : pieces.join('') + end).trim();
    pieces = [];
    length = 0;
    return line === '' ? [] : [{ data: line }];
  };

  const feed = ({ text, isValid }: DecodedText): ServerEvent[] => {
    const lines = text.split('\n');
    const rest = lines.pop() ?? '';
    const events: ServerEvent[] = [];
    for (const line of lines) {
      keepBound(length + line.length, events);
      events.push(...takeLine(line));
    }
    pieces.push(lines.length === 0 ? rest : copyText(rest));
    length += rest.length;
    if (!isValid) throw new UnreadableStreamError('the stream is not UTF-8', events);
    if (length > maxLineLength)
      throw new UnreadableStreamError(`a line is longer than ${maxLineLength} characters`, events);
    return events;
  };

  return {
    decode: (bytes) => feed(utf8.decode(bytes)),
    end: () => [...feed(utf8.end()), ...takeLine('')],
  };
}
