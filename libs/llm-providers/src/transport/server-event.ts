/** What stands around the one text in which events differ. */
export interface Around {
  readonly before: string;
  readonly after: string;
}

/** One event of a stream: the data of an SSE event with its `event:` name, or one NDJSON line. */
export interface ServerEvent {
  data: string;
  type?: string;
  /** The body was no stream: this text is all of it. */
  isWhole?: true;
  /** The event is `around.before`, `between`, `around.after`. */
  around?: Around;
  between?: string;
}

/** Turns bytes, cut anywhere, into events. Throws `UnreadableStreamError` when an event grows past the bound or a byte is no UTF-8. */
export interface EventDecoder {
  decode(bytes: Uint8Array): ServerEvent[];
  /** What was left without its last newline. */
  end(): ServerEvent[];
  /** The next events are likely to be alike: those that are get `around` and `between`, and cost less. */
  expect?(around: Around | undefined): void;
}

/** `maxLength`: the longest event that is read, in characters; a longer one is an error, not memory. */
export type CreateDecoder = (maxLength: number) => EventDecoder;
