/**
 * An image that is not fetched. The message is fit for a client, and it is the same for an address that is not allowed and for
 * one that does not answer: nobody learns from it what there is in the gateway's own network.
 */
export class ImageFetchError extends Error {
  override readonly name = 'ImageFetchError';

  static unreachable(cause?: unknown): ImageFetchError {
    return new ImageFetchError('The image could not be fetched from its address.', { cause });
  }
}
