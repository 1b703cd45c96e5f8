import { ApiError } from '@mana-llm/openai-api';
import { imageTypeOf } from '../transport/image-type.js';
import { MAX_IMAGE_BYTES, MAX_IMAGE_MIB } from '../transport/read-image.js';

const EXAMPLE = '"data:image/png;base64,..."';

/** How many bytes well-formed base64 of this length stands for. Fewer come out where a character is none of base64's. */
function decodedLength(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return Math.floor(((base64.length - padding) * 3) / 4);
}

/** Undefined for what is no base64. Many encoders break lines; the URL-safe letters and missing padding Ollama does not take. */
function decode(text: string): { base64: string; bytes: Buffer } | undefined {
  const isWritten = (base64: string, bytes: Buffer): boolean =>
    bytes.length === decodedLength(base64) && base64.length % 4 === 0 && !base64.includes('-') && !base64.includes('_');
  const bytes = Buffer.from(text, 'base64');
  if (isWritten(text, bytes)) return { base64: text, bytes };
  const joined = text.replace(/\s+/g, '');
  return joined !== text && isWritten(joined, bytes) ? { base64: joined, bytes } : undefined;
}

/**
 * A data URL -> the base64 that Ollama wants. The bytes decide whether it is an image, not the type that the URL declares.
 * The URL is taken apart by position: it can be megabytes long.
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
  if (decoded === undefined) return refuse(`What the data URL holds is not base64: it must look like ${EXAMPLE}.`);
  if (decoded.bytes.length > MAX_IMAGE_BYTES) return refuse(`The image is larger than ${MAX_IMAGE_MIB} MiB.`);
  if (imageTypeOf(decoded.bytes) === undefined) {
    return refuse('What the data URL holds is not a PNG, JPEG, WebP or GIF image.');
  }
  return decoded.base64;
}
