/** One event of a stream: the data of an SSE event with its `event:` name, or one NDJSON line. */
export interface ServerEvent {
  data: string;
  type?: string;
  /** The body was no stream: this text is all of it. */
  isWhole?: true;
}

/** Turns bytes, cut anywhere, into events. Throws `UnreadableStreamError` when an event grows past the bound or a byte is no UTF-8. */
export interface EventDecoder {
  decode(bytes: Uint8Array): ServerEvent[];
  /** What was left without its last newline. */
  end(): ServerEvent[];
}

/** `maxLength`: the longest event that is read, in characters; a longer one is an error, not memory. */
export type CreateDecoder = (maxLength: number) => EventDecoder;
