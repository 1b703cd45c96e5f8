/** The bytes of a text one by one: no cut of a stream is finer. */
export function bytewise(text: string): Uint8Array[] {
  return Array.from(Buffer.from(text), (byte) => Uint8Array.of(byte));
}

/** A text cut at byte offsets, inside a character too. */
export function cutAt(text: string, ...offsets: number[]): Uint8Array[] {
  const bytes = Buffer.from(text);
  return [0, ...offsets].map((from, position) => bytes.subarray(from, offsets[position] ?? bytes.length));
}
