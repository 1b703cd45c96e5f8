import fc from 'fast-check';
import { toTextPieces } from './to-text-pieces.js';

describe(toTextPieces.name, () => {
  it('gives pieces that make the text again, none empty, none longer than 257, none cut inside a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000, size: 'max' }), (text) => {
        const pieces = toTextPieces(text);
        expect(pieces.join('')).toBe(text);
        for (const piece of pieces) {
          expect(piece.length).toBeGreaterThan(0);
          expect(piece.length).toBeLessThanOrEqual(257);
          expect(piece).not.toMatch(/\p{Surrogate}/u);
        }
      }),
    );
  });

  it('keeps half a character that is in the text', () => {
    expect(toTextPieces(`${'a'.repeat(255)}\ud83d`)).toEqual([`${'a'.repeat(255)}\ud83d`]);
  });
});
