const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Bytes that came in pieces, as one; a single piece, as most texts are, is not copied. */
export function joinPieces(pieces: readonly Buffer[]): Buffer {
  const [first] = pieces;
  return pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces);
}

/** The text of UTF-8 without its byte order mark; throws `TypeError` for what is no UTF-8. JSON is UTF-8 (RFC 8259, 8.1). */
export function decodeUtf8(bytes: Uint8Array): string {
  return UTF8.decode(bytes);
}
