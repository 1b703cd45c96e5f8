import { isIP } from 'node:net';
import { ImageFetchError } from './image-fetch-error.js';
import type { PublicNetwork } from './public-network.js';

/** A name server that does not answer cannot be called off; nobody waits for it once the signal has come. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/**
 * The addresses of a URL's host, looked up once. One that is not allowed among them is enough to refuse the host: connections
 * would be made to any of them.
 */
export async function resolvePublicHost(
  urlHostname: string,
  network: Pick<PublicNetwork, 'resolve' | 'isAllowed'>,
  signal: AbortSignal,
): Promise<string[]> {
  const hostname = urlHostname.replace(/^\[(.*)\]$/, '$1');
  const addresses = isIP(hostname) === 0 ? await untilAborted(network.resolve(hostname), signal) : [hostname];
  if (addresses.length === 0 || !addresses.every(network.isAllowed)) throw ImageFetchError.unreachable();
  return addresses;
}
