import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { isPublicAddress } from './public-address.js';

/** How strangers' addresses are reached. Tests bring their own names and wires. */
export interface PublicNetwork {
  /** All addresses of a name. */
  resolve: (hostname: string) => Promise<string[]>;
  isAllowed: (address: string) => boolean;
  /** Opens connections to these addresses and to no other. */
  connectorTo: (addresses: readonly string[]) => buildConnector.connector;
}

const CONNECT_LIMIT_MS = 10_000;

/** Gives the addresses that were checked, whatever the name stands for by now. */
function pinnedLookup(addresses: readonly string[]): LookupFunction {
  const answers = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  return (_hostname, options, callback) => {
    const [first] = answers;
    if (options.all) callback(null, answers);
    else if (first === undefined) callback(new Error('no address is left'), '');
    else callback(null, first.address, first.family);
  };
}

/** The internet itself, without the proxies of the environment: a proxy would look the name up once more. */
export const PUBLIC_NETWORK: PublicNetwork = {
  resolve: async (hostname) => (await lookup(hostname, { all: true })).map(({ address }) => address),
  isAllowed: isPublicAddress,
  connectorTo: (addresses) =>
    buildConnector({ lookup: pinnedLookup(addresses), autoSelectFamily: true, timeout: CONNECT_LIMIT_MS }),
};
