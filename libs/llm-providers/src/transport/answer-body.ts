import type { Readable } from 'node:stream';

/** Is given a body: its bytes as they come, and how it ends. Nothing comes after `end` or `error`. */
export interface BodyReader {
  data(bytes: Buffer): void;
  end(): void;
  error(error: unknown): void;
}

/** The body of an answer. What comes before it is read is kept. */
export interface AnswerBody {
  /** Nothing comes any more: it has ended, failed or was destroyed. */
  readonly isOver: boolean;
  /** From now on `reader` is given what comes. */
  read(reader: BodyReader): void;
  /** Nothing more is taken from the connection until `resume`. */
  pause(): void;
  resume(): void;
  /** Nobody wants it any more: its connection is closed, and its reader hears nothing. */
  destroy(): void;
}

/** A stream of Node's as a body. */
export function bodyOf(readable: Readable): AnswerBody {
  let reader: BodyReader | undefined;
  const end = (tell: (reader: BodyReader) => void): void => {
    body.isOver = true;
    const last = reader;
    reader = undefined;
    if (last !== undefined) tell(last);
  };
  // What a listener throws ends the process.
  const give = (bytes: Buffer): void => {
    try {
      reader?.data(bytes);
    } catch (error) {
      end((last) => last.error(error));
      readable.destroy();
    }
  };
  const body = {
    isOver: false,
    read: (next: BodyReader) => {
      const isRead = reader !== undefined;
      reader = next;
      if (isRead) return;
      readable
        .on('data', give)
        .on('end', () => end((last) => last.end()))
        .on('error', (error) => end((last) => last.error(error)))
        .on('close', () => end((last) => last.error(new Error('the body closed before its end'))));
    },
    pause: () => void readable.pause(),
    resume: () => void readable.resume(),
    destroy: () => {
      end(() => undefined);
      readable.on('error', () => undefined).destroy();
    },
  };
  return body;
}
