import { ApiError } from '@mana-llm/openai-api';
import { imageTypeOf, MAX_IMAGE_BYTES, MAX_IMAGE_MIB } from './read-image.js';

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
