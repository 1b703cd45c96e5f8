import type { DirectAnswer } from '../../transport/direct-get.js';
import { ImageFetchError } from './image-url.js';

export type ImageType = 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp';

/** Enough of an image to know its type. */
const IMAGE_HEAD_BYTES = 12;

/** Signatures by position (https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern), in Latin-1. */
const SIGNATURES: readonly { type: ImageType; pattern: RegExp }[] = [
  { type: 'image/png', pattern: /^\x89PNG\r\n\x1a\n/ },
  { type: 'image/jpeg', pattern: /^\xff\xd8\xff/ },
  { type: 'image/gif', pattern: /^GIF8[79]a/ },
  { type: 'image/webp', pattern: /^RIFF[^]{4}WEBP/ },
];

/** The type that the bytes have, whatever the headers say; undefined for what is not such an image. */
export function imageTypeOf(bytes: Buffer): ImageType | undefined {
  const head = bytes.toString('latin1', 0, IMAGE_HEAD_BYTES);
  return SIGNATURES.find(({ pattern }) => pattern.test(head))?.type;
}

export interface FetchedImage {
  type: ImageType;
  bytes: Buffer;
}

export const MAX_IMAGE_MIB = 20;
export const MAX_IMAGE_BYTES = MAX_IMAGE_MIB * 1024 * 1024;

const notAnImage = (): ImageFetchError =>
  new ImageFetchError('What is at the address of the image is not a PNG, JPEG, WebP or GIF image.');
const tooLarge = (): ImageFetchError =>
  new ImageFetchError(`The image at the address is larger than ${MAX_IMAGE_MIB} MiB.`);

/** Refuses by the headers what is not an image, too large or compressed: the body is not read then, and it is never inflated. */
function checkHeaders(headers: DirectAnswer['headers']): void {
  const { 'content-type': type, 'content-encoding': encoding = 'identity', 'content-length': length } = headers;
  if (type !== undefined && !/^\s*image\//i.test(String(type))) throw notAnImage();
  if (String(encoding).trim().toLowerCase() !== 'identity') throw notAnImage();
  if (Number(length ?? 0) > MAX_IMAGE_BYTES) throw tooLarge();
}

/** The image of an answer. Its type is known from its first bytes. Throws `ImageFetchError`. */
export async function readImage({ headers, body }: Omit<DirectAnswer, 'status'>): Promise<FetchedImage> {
  checkHeaders(headers);
  const pieces: Buffer[] = [];
  let length = 0;
  let type: ImageType | undefined;
  for await (const piece of body as AsyncIterable<Buffer>) {
    pieces.push(piece);
    length += piece.length;
    if (length > MAX_IMAGE_BYTES) throw tooLarge();
    if (type !== undefined || length < IMAGE_HEAD_BYTES) continue;
    type = imageTypeOf(Buffer.concat(pieces));
    if (type === undefined) throw notAnImage();
  }
  const bytes = Buffer.concat(pieces);
  type ??= imageTypeOf(bytes);
  if (type === undefined) throw notAnImage();
  return { type, bytes };
}
