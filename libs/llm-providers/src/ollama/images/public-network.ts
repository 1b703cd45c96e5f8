import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { type Connector, connectorTo } from '../../transport/direct-get.js';
import { untilAborted } from '../../call-context.js';

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

/**
 * What is not the public internet by https://www.iana.org/assignments/iana-ipv4-special-registry, multicast and reserved space.
 * Metadata services of clouds stand in these networks, but for the last one, which is Azure's
 * (https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16).
 */
const SPECIAL_IPV4: readonly [network: string, prefix: number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['168.63.129.16', 32],
];

/** Inside the global unicast space: IETF assignments (Teredo, ORCHID, benchmarks), documentation, 6to4, AS112. */
const SPECIAL_IPV6: readonly [network: string, prefix: number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
];

function blockList(family: 'ipv4' | 'ipv6', networks: readonly [network: string, prefix: number][]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of networks) list.addSubnet(network, prefix, family);
  return list;
}

const specialIpv4 = blockList('ipv4', SPECIAL_IPV4);
const specialIpv6 = blockList('ipv6', SPECIAL_IPV6);
/**
 * Of IPv6 only global unicast is public (https://www.iana.org/assignments/ipv6-address-space): loopback, private, link-local,
 * multicast and every form with an IPv4 address inside (mapped, compatible, NAT64) are outside of it.
 */
const globalIpv6 = blockList('ipv6', [['2000::', 3]]);

/** True for an IP address that anybody on the internet may be sent to; false for all others and for what is no address. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !specialIpv4.check(address, 'ipv4');
    case 6:
      // An address with a zone is good on one link only.
      return !address.includes('%') && globalIpv6.check(address, 'ipv6') && !specialIpv6.check(address, 'ipv6');
    default:
      return false;
  }
}

/** How the address of an image is reached. Tests bring their own names and connections. */
export interface PublicNetwork {
  /** All addresses of a name. */
  resolve: (hostname: string) => Promise<string[]>;
  isAllowed: (address: string) => boolean;
  /** Opens connections to these addresses and to no other. */
  connectorTo: (addresses: readonly string[]) => Connector;
}

/** The internet itself, without the proxies of the environment: a proxy would look the name up once more. */
export const PUBLIC_NETWORK: PublicNetwork = {
  resolve: async (hostname) => (await lookup(hostname, { all: true })).map(({ address }) => address),
  isAllowed: isPublicAddress,
  connectorTo,
};

/**
 * The addresses of a URL's host, looked up once. One address that is not allowed is enough to refuse the host: a connection could go
 * to any of them. A lookup cannot be aborted, so after the signal nobody waits for it.
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
