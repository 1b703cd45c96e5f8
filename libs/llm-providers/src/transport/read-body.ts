import { decodeUtf8, joinPieces } from '@mana-llm/openai-api';
import type { AnswerBody } from './answer-body.js';

/** Thrown for a body that came and cannot be taken: over the bound, or no UTF-8. */
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
