import { ApiError } from '@mana-llm/openai-api';
import type { DirectAnswer } from '../../transport/direct-get.js';
import { ImageFetchError } from './public-network.js';

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

const EXAMPLE = '"data:image/png;base64,..."';

/** How many bytes valid base64 of this length stands for. Node decodes fewer where a character is not base64. */
function decodedLength(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return Math.floor(((base64.length - padding) * 3) / 4);
}

/** Undefined for text that is not base64. Line breaks are removed; Ollama accepts no URL-safe letters and no missing padding. */
function decode(text: string): { base64: string; bytes: Buffer } | undefined {
  const isWritten = (base64: string, bytes: Buffer): boolean =>
    bytes.length === decodedLength(base64) && base64.length % 4 === 0 && !base64.includes('-') && !base64.includes('_');
  const bytes = Buffer.from(text, 'base64');
  if (isWritten(text, bytes)) return { base64: text, bytes };
  const joined = text.replace(/\s+/g, '');
  return joined !== text && isWritten(joined, bytes) ? { base64: joined, bytes } : undefined;
}

/**
 * A data URL -> the base64 that Ollama requires. The bytes decide whether it is an image, not the type in the URL.
 * The URL is cut by position and not by a pattern: it can be megabytes long.
 */
export function toOllamaImage(url: string, param: string): string {
  const refuse = (message: string): never => {
    throw ApiError.invalidRequest(message, param);
  };
  const comma = url.indexOf(',');
  const head = url.slice(0, comma === -1 ? 40 : comma).toLowerCase();
  if (head.startsWith('http:') || head.startsWith('https:')) {
    return refuse(
      `Images by address are not fetched here (IMAGE_FETCH=off): send the image as a data URL, ${EXAMPLE}.`,
    );
  }
  if (comma === -1 || !head.startsWith('data:') || !head.endsWith(';base64')) {
    return refuse(`The image must be a data URL in base64, ${EXAMPLE}.`);
  }
  if (comma === url.length - 1) return refuse('The data URL holds no image.');
  const decoded = decode(url.slice(comma + 1));
  if (decoded === undefined) return refuse(`The data URL holds no base64: it must look like ${EXAMPLE}.`);
  if (decoded.bytes.length > MAX_IMAGE_BYTES) return refuse(`The image is larger than ${MAX_IMAGE_MIB} MiB.`);
  if (imageTypeOf(decoded.bytes) === undefined) {
    return refuse('The data URL holds no PNG, JPEG, WebP or GIF image.');
  }
  return decoded.base64;
}
