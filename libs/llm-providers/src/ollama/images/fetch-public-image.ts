import { getDirectly } from '../../transport/direct-get.js';
import {
  ImageFetchError,
  PUBLIC_NETWORK,
  type PublicNetwork,
  readImageUrl,
  readRedirectUrl,
  resolvePublicHost,
} from './public-network.js';
import { type FetchedImage, readImage } from './read-image.js';

export interface ImageFetch {
  signal: AbortSignal;
  /** For the whole fetch, redirects included. */
  limitMs?: number;
  network?: PublicNetwork;
}

const LIMIT_MS = 10_000;
const MAX_REDIRECTS = 3;
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);

const REQUEST_HEADERS = {
  'user-agent': 'mana-llm',
  accept: 'image/png, image/jpeg, image/webp, image/gif',
  'accept-encoding': 'identity',
};

/** The image at the address, or where it redirects to. */
async function requestOnce(url: URL, network: PublicNetwork, signal: AbortSignal): Promise<FetchedImage | URL> {
  const connect = network.connectorTo(await resolvePublicHost(url.hostname, network, signal));
  return getDirectly<FetchedImage | URL>(url, { connect, headers: REQUEST_HEADERS, signal }, (answer) => {
    const { status, headers } = answer;
    const { location } = headers;
    if (REDIRECT_STATUSES.has(status) && typeof location === 'string') return readRedirectUrl(location, url);
    if (status === 200) return readImage(answer);
    throw new ImageFetchError(`The server at the address of the image answered with status ${status}.`);
  });
}

async function followRedirects(text: string, network: PublicNetwork, signal: AbortSignal): Promise<FetchedImage> {
  let url = readImageUrl(text);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const found = await requestOnce(url, network, signal);
    if (!(found instanceof URL)) return found;
    url = found;
  }
  throw new ImageFetchError(`The address of the image redirects more than ${MAX_REDIRECTS} times.`);
}

/**
 * Fetches an image from an address that a client wrote, and from public addresses only: each name is looked up once, all its
 * addresses are checked, the connection goes to one of these, and every redirect is checked the same way. Throws
 * `ImageFetchError`, or the reason of the signal.
 */
export async function fetchPublicImage(
  text: string,
  { signal, limitMs = LIMIT_MS, network = PUBLIC_NETWORK }: ImageFetch,
): Promise<FetchedImage> {
  signal.throwIfAborted();
  const controller = new AbortController();
  const stop = (): void => controller.abort(signal.reason);
  const timer = setTimeout(() => {
    controller.abort(new ImageFetchError(`The image did not come from its address within ${limitMs / 1000} s.`));
  }, limitMs);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await followRedirects(text, network, controller.signal);
  } catch (error) {
    if (controller.signal.aborted) throw controller.signal.reason;
    throw error instanceof ImageFetchError ? error : ImageFetchError.unreachable(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
