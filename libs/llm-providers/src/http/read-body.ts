import type { Readable } from 'node:stream';

/** Thrown for a body that came and cannot be taken: over the bound, or no UTF-8. */
export class UnreadableBodyError extends Error {
  override readonly name = 'UnreadableBodyError';
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UnreadableBodyError('it is not UTF-8', { cause });
  }
}

/** The whole body as text; throws `UnreadableBodyError` and what the stream fails with. */
export async function readBody(body: Readable, maxBytes: number): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > maxBytes) throw new UnreadableBodyError(`it is over ${maxBytes} bytes`);
    pieces.push(piece);
  }
  return decode(Buffer.concat(pieces));
}
