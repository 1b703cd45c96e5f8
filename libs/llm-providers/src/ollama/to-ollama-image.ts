import { ApiError } from '@mana-llm/openai-api';

const EXAMPLE = '"data:image/png;base64,..."';

/**
 * A data URL -> the base64 that Ollama wants. The URL is taken apart by position: it can be megabytes long, and only
 * its first few bytes are of interest.
 */
export function toOllamaImage(url: string, param: string): string {
  const comma = url.indexOf(',');
  const head = url.slice(0, comma === -1 ? 40 : comma).toLowerCase();
  if (head.startsWith('http:') || head.startsWith('https:')) {
    throw ApiError.invalidRequest(
      `Images by address are not fetched: send the image as a data URL, ${EXAMPLE}.`,
      param,
    );
  }
  if (comma === -1 || !head.startsWith('data:') || !head.endsWith(';base64')) {
    throw ApiError.invalidRequest(`The image must be a data URL in base64, ${EXAMPLE}.`, param);
  }
  if (!head.startsWith('data:image/')) {
    throw ApiError.invalidRequest(
      `The data URL does not say that it holds an image: it must begin like ${EXAMPLE}.`,
      param,
    );
  }
  if (comma === url.length - 1) throw ApiError.invalidRequest('The data URL holds no image.', param);
  return url.slice(comma + 1);
}
