export type ImageType = 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp';

/** Enough of an image to know its type. */
export const IMAGE_HEAD_BYTES = 12;

/** Signatures by position (https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern), in Latin-1. */
const SIGNATURES: readonly { type: ImageType; pattern: RegExp }[] = [
  { type: 'image/png', pattern: /^\x89PNG\r\n\x1a\n/ },
  { type: 'image/jpeg', pattern: /^\xff\xd8\xff/ },
  { type: 'image/gif', pattern: /^GIF8[79]a/ },
  { type: 'image/webp', pattern: /^RIFF[^]{4}WEBP/ },
];

/** What the bytes are, whatever anybody says of them; undefined for everything that is no such image. */
export function imageTypeOf(bytes: Buffer): ImageType | undefined {
  const head = bytes.toString('latin1', 0, IMAGE_HEAD_BYTES);
  return SIGNATURES.find(({ pattern }) => pattern.test(head))?.type;
}
