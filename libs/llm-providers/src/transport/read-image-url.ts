import { ImageFetchError } from './image-fetch-error.js';

/** Images are served where web pages are; other ports are other services. `''` is the default of the scheme. */
const WEB_PORTS = ['', '80', '443'];

/** Parses an image's address as it was sent. The parser turns every odd form of an IPv4 address into the plain one. */
export function readImageUrl(text: string): URL {
  if (!URL.canParse(text)) throw new ImageFetchError('The address of the image is not a valid URL.');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new ImageFetchError('The address of the image must begin with http:// or https://.');
  }
  if (url.username !== '' || url.password !== '') {
    throw new ImageFetchError('The address of the image must not hold a user name or a password.');
  }
  if (!WEB_PORTS.includes(url.port)) {
    throw new ImageFetchError('The address of the image must be at port 80 or 443.');
  }
  return url;
}

/** Where a redirect leads. The client has not written this address, so it is told no more than that it cannot be fetched. */
export function readRedirectUrl(location: string, from: URL): URL {
  if (!URL.canParse(location, from.href)) throw ImageFetchError.unreachable();
  try {
    return readImageUrl(new URL(location, from).href);
  } catch (cause) {
    throw ImageFetchError.unreachable(cause);
  }
}
