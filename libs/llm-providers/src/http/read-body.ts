import type { Readable } from 'node:stream';

/** Thrown for a body that came and cannot be taken: over the bound, or no UTF-8. */
export class UnreadableBodyError extends Error {
  override readonly name = 'UnreadableBodyError';
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function decode(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch (cause) {
    throw new UnreadableBodyError('it is not UTF-8', { cause });
  }
}

function readBytes(body: Readable, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    body
      .on('data', (piece: Buffer) => {
        bytes += piece.length;
        pieces.push(piece);
        if (bytes > maxBytes) body.destroy(new UnreadableBodyError(`it is over ${maxBytes} bytes`));
      })
      .on('end', () => resolve(Buffer.concat(pieces, bytes)))
      .on('error', reject)
      .on('close', () => reject(new Error('the body closed before its end')));
  });
}

/** The whole body as text; throws `UnreadableBodyError` and what the stream fails with. */
export async function readBody(body: Readable, maxBytes: number): Promise<string> {
  return decode(await readBytes(body, maxBytes));
}
