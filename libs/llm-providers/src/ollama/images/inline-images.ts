import { ApiError, type ChatMessage, type ContentPart } from '@mana-llm/openai-api';
import { ImageFetchError } from './public-network.js';
import type { FetchedImage } from './read-image.js';

/** Fetches the image at an http(s) address; throws `ImageFetchError`. */
export type FetchImage = (url: string, signal: AbortSignal) => Promise<FetchedImage>;

const MAX_ADDRESSES = 32;
const MAX_CONCURRENT = 4;
const MAX_TOTAL_MIB = 50;
const MAX_TOTAL_BYTES = MAX_TOTAL_MIB * 1024 * 1024;

function addressOf(part: ContentPart): string | undefined {
  const url: unknown = part.type === 'image_url' ? part.image_url?.url : undefined;
  return typeof url === 'string' && /^https?:/i.test(url) ? url : undefined;
}

/** Each address once, with the path of the first part that has it. */
function addressesIn(messages: readonly ChatMessage[]): Map<string, string> {
  const addresses = new Map<string, string>();
  messages.forEach(({ content }, index) => {
    if (!Array.isArray(content)) return;
    content.forEach((part, position) => {
      const url = addressOf(part);
      if (url === undefined || addresses.has(url)) return;
      addresses.set(url, `messages[${index}].content[${position}].image_url.url`);
    });
  });
  return addresses;
}

/** Fetches a few at a time; the first failure stops the others. */
async function fetchAll(
  addresses: ReadonlyMap<string, string>,
  fetchImage: FetchImage,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const dataUrls = new Map<string, string>();
  const waiting = [...addresses];
  let totalBytes = 0;
  const fetchOne = async (url: string, param: string): Promise<void> => {
    try {
      const { type, bytes } = await fetchImage(url, signal);
      totalBytes += bytes.length;
      if (totalBytes > MAX_TOTAL_BYTES) {
        throw new ImageFetchError(`The images at addresses are larger than ${MAX_TOTAL_MIB} MiB together.`);
      }
      dataUrls.set(url, `data:${type};base64,${bytes.toString('base64')}`);
    } catch (error) {
      throw error instanceof ImageFetchError ? ApiError.invalidRequest(error.message, param) : error;
    }
  };
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await fetchOne(...next);
  };
  await Promise.all(Array.from({ length: MAX_CONCURRENT }, work));
  return dataUrls;
}

function withDataUrl(part: ContentPart, dataUrls: ReadonlyMap<string, string>): ContentPart {
  const url = dataUrls.get(addressOf(part) ?? '');
  return url === undefined ? part : { ...part, image_url: { ...part.image_url, url } };
}

export interface ImageSource {
  fetchImage: FetchImage;
  /** Starts the timeouts of the call; called only where there is something to fetch. */
  startCall: () => { readonly signal: AbortSignal; end(): void };
}

/** Fetches the images at http(s) addresses and puts them into the messages as data URLs. */
export async function inlineImages(
  messages: ChatMessage[],
  { fetchImage, startCall }: ImageSource,
): Promise<ChatMessage[]> {
  const addresses = addressesIn(messages);
  if (addresses.size === 0) return messages;
  const [tooMany] = [...addresses.values()].slice(MAX_ADDRESSES);
  if (tooMany !== undefined) {
    throw ApiError.invalidRequest(`At most ${MAX_ADDRESSES} images of a request may be given by address.`, tooMany);
  }
  const call = startCall();
  const failed = new AbortController();
  try {
    const dataUrls = await fetchAll(addresses, fetchImage, AbortSignal.any([call.signal, failed.signal]));
    return messages.map((message) => {
      if (!Array.isArray(message.content)) return message;
      return { ...message, content: message.content.map((part) => withDataUrl(part, dataUrls)) };
    });
  } finally {
    call.end();
    failed.abort();
  }
}
