/**
 * An image that was not fetched. The message is fit for a client. It is the same for an address that is not allowed and for one that
 * does not answer, so that no client can look for servers in the gateway's own network.
 */
export class ImageFetchError extends Error {
  override readonly name = 'ImageFetchError';

  static unreachable(cause?: unknown): ImageFetchError {
    return new ImageFetchError('The image could not be fetched from its address.', { cause });
  }
}

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

/** The URL of a redirect. The client has not written it, so it learns only that the image cannot be fetched. */
export function readRedirectUrl(location: string, from: URL): URL {
  if (!URL.canParse(location, from.href)) throw ImageFetchError.unreachable();
  try {
    return readImageUrl(new URL(location, from).href);
  } catch (cause) {
    throw ImageFetchError.unreachable(cause);
  }
}
