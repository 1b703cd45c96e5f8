import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { ImageFetchError } from './image-fetch-error.js';
import { IMAGE_HEAD_BYTES, type ImageType, imageTypeOf } from './image-type.js';

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

/** What can be known before the body: it is not even begun where it is no image, too large, or compressed (it is never inflated here). */
function checkHeaders(headers: IncomingHttpHeaders): void {
  const { 'content-type': type, 'content-encoding': encoding = 'identity', 'content-length': length } = headers;
  if (type !== undefined && !/^\s*image\//i.test(type)) throw notAnImage();
  if (encoding.trim().toLowerCase() !== 'identity') throw notAnImage();
  if (Number(length ?? 0) > MAX_IMAGE_BYTES) throw tooLarge();
}

/** The image of an answer. Its bytes decide what it is, as soon as the first of them are there. */
export async function readImage(headers: IncomingHttpHeaders, body: Readable): Promise<FetchedImage> {
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
