/** A few words more than one token of a live stream: what a reader sees still grows, and a long answer is not a thousand frames. */
const PIECE_LENGTH = 256;

const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code < 0xdc00;

/** A text cut for the frames of a stream, never inside a surrogate pair; no piece for an empty one. */
export function toTextPieces(text: string): string[] {
  const pieces: string[] = [];
  let start = 0;
  while (start < text.length) {
    let end = start + PIECE_LENGTH;
    if (isHighSurrogate(text.charCodeAt(end - 1))) end += 1;
    pieces.push(text.slice(start, end));
    start = end;
  }
  return pieces;
}
