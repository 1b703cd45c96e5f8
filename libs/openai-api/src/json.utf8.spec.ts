import { decodeUtf8, joinPieces } from './json.js';

describe(joinPieces.name, () => {
  it.each([
    ['', []],
    ['abc', ['a', '', 'bc']],
  ])('gives %j as one', (whole, pieces) => {
    expect(String(joinPieces(pieces.map((piece) => Buffer.from(piece))))).toBe(whole);
  });

  it('gives a single piece itself', () => {
    const piece = Buffer.from('a');
    expect(joinPieces([piece])).toBe(piece);
  });
});

describe(decodeUtf8.name, () => {
  it('gives the text without its byte order mark, each time', () => {
    const bytes = Buffer.from('\uFEFFé');
    expect([decodeUtf8(bytes), decodeUtf8(bytes)]).toEqual(['é', 'é']);
  });

  it('refuses what is no UTF-8, and reads on afterwards', () => {
    expect(() => decodeUtf8(Buffer.of(0xc3))).toThrow('not valid for encoding utf-8');
    expect(decodeUtf8(Buffer.from('a'))).toBe('a');
  });
});
