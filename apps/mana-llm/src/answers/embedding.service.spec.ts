import { packEmbedding } from './embedding.service.js';

/** As the official clients read it (openai-node, `toFloat32Array`). */
const unpack = (base64: string): number[] => {
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  return Array.from(new Float32Array(bytes.buffer));
};

describe(packEmbedding.name, () => {
  it('writes little-endian 32-bit floats', () => {
    expect(packEmbedding([1, -2, 0])).toBe(Buffer.from('0000803f000000c000000000', 'hex').toString('base64'));
  });

  it.each([
    [[]],
    [[0.5, -0.25, 1e10]],
    [Array.from({ length: 4096 }, (_, position) => Math.fround(Math.sin(position)))],
  ])('is read back as it was', (vector) => {
    expect(unpack(packEmbedding(vector))).toEqual(vector);
  });
});
