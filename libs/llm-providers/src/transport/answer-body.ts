import type { Readable } from 'node:stream';
import { decodeUtf8, joinPieces } from '@mana-llm/openai-api';

/** Gets the bytes of a body as they come, and its end. Nothing comes after `end` or `error`. */
export interface BodyReader {
  data(bytes: Buffer): void;
  end(): void;
  error(error: unknown): void;
}

/** The body of an answer. It keeps what comes before `read`. */
export interface AnswerBody {
  /** Nothing comes any more: it has ended, failed or was destroyed. */
  readonly isOver: boolean;
  /** From now on `reader` gets what comes. */
  read(reader: BodyReader): void;
  /** Nothing more is taken from the connection until `resume`. */
  pause(): void;
  resume(): void;
  /** Closes its connection; its reader gets nothing more. */
  destroy(): void;
}

/** A Node stream as a body. */
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

/** A body that came and cannot be read: over the bound, or not UTF-8. */
export class UnreadableBodyError extends Error {
  override readonly name = 'UnreadableBodyError';
}

function decode(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch (cause) {
    throw new UnreadableBodyError('it is not UTF-8', { cause });
  }
}

function readBytes(body: AnswerBody, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let length = 0;
    body.read({
      data: (bytes) => {
        length += bytes.length;
        pieces.push(bytes);
        if (length <= maxBytes) return;
        body.destroy();
        reject(new UnreadableBodyError(`it is over ${maxBytes} bytes`));
      },
      end: () => resolve(joinPieces(pieces)),
      error: reject,
    });
  });
}

/** The whole body as text; throws `UnreadableBodyError` and what the body fails with. */
export async function readBody(body: AnswerBody, maxBytes: number): Promise<string> {
  return decode(await readBytes(body, maxBytes));
}

/** What may still come after an end marker: the rest of a chunk, trailing blanks. An upstream that sends more has not ended. */
const MAX_REST_BYTES = 64 * 1024;
const MAX_WAIT_MS = 1_000;

/** Reads the rest of a body and drops it, so that its connection can be used again. Closes the connection at a bound. */
export function drainQuietly(body: AnswerBody): void {
  if (body.isOver) return body.destroy();
  let restBytes = 0;
  const giveUp = (): void => {
    clearTimeout(timer);
    body.destroy();
  };
  const timer = setTimeout(giveUp, MAX_WAIT_MS).unref();
  const over = (): void => clearTimeout(timer);
  body.read({
    data: (bytes) => {
      restBytes += bytes.length;
      if (restBytes > MAX_REST_BYTES) giveUp();
    },
    end: over,
    error: over,
  });
}
