/** A vector as OpenAI packs it: the base64 of little-endian 32-bit floats. */
export function packEmbedding(vector: readonly number[]): string {
  const bytes = Buffer.allocUnsafe(vector.length * 4);
  vector.forEach((value, position) => bytes.writeFloatLE(value, position * 4));
  return bytes.toString('base64');
}
