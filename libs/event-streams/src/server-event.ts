/** The two texts around the one in which the events of a stream differ, such as the JSON of a chunk around its content. */
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
  /** It stands for several events, of which `data` is the first: each is `around.before`, one of the texts, `around.after`. */
  alike?: { around: Around; texts: readonly string[] };
}

/** The events that this one stands for. */
export function eventsOf(event: ServerEvent): readonly ServerEvent[] {
  const { alike } = event;
  return alike === undefined ? [event] : alike.texts.map((text) => ({ data: dataOf(alike.around, text) }));
}

export const dataOf = ({ before, after }: Around, text: string): string => before + text + after;

/**
 * Turns bytes, cut anywhere, into events. Throws `UnreadableStreamError` when an event grows past the bound or a byte is not
 * UTF-8. It reads one stream.
 */
export interface EventDecoder {
  decode(bytes: Uint8Array): ServerEvent[];
  /** The stream has ended: gives what came without its last newline. */
  end(): ServerEvent[];
  /** The next events are likely to be alike: those that are come as one event, which costs less. */
  expect?(around: Around | undefined): void;
}

/**
 * The longest event that is read where nothing else is set, in characters. Answers hold images and long batches of vectors: 2048
 * of 4096 floats are about 100 MB of JSON.
 */
export const DEFAULT_MAX_EVENT_LENGTH = 128 * 1024 * 1024;

/** `maxLength`: the longest event that is read, in characters. A longer one is an `UnreadableStreamError`. */
export type CreateDecoder = (maxLength: number) => EventDecoder;

/** A byte that is not UTF-8, or an event over the bound. `events` are those that came whole before it in the same read. */
export class UnreadableStreamError extends Error {
  override readonly name = 'UnreadableStreamError';

  constructor(
    message: string,
    readonly events: ServerEvent[],
  ) {
    super(message);
  }
}
