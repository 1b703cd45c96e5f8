import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { buildConnector, Client } from 'undici';
import type { UpstreamAnswer } from './upstream-exchange.js';

const CONNECT_LIMIT_MS = 10_000;

/** Opens connections for one GET. */
export type Connector = buildConnector.connector;

function fixedLookup(addresses: readonly string[]): LookupFunction {
  const answers = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  return (_hostname, options, callback) => {
    const [first] = answers;
    if (options.all) callback(null, answers);
    else if (first === undefined) callback(new Error('no address is left'), '');
    else callback(null, first.address, first.family);
  };
}

/** Connects to these addresses and to no other, whatever a name server says by now, and without the proxies of the environment. */
export function connectorTo(addresses: readonly string[]): Connector {
  return buildConnector({ lookup: fixedLookup(addresses), autoSelectFamily: true, timeout: CONNECT_LIMIT_MS });
}

/** How one GET is made. */
export interface DirectGet {
  connect: Connector;
  headers: Record<string, string>;
  signal: AbortSignal;
}

/** An answer of whatever status, with the body as it comes. */
export interface DirectAnswer extends Pick<UpstreamAnswer, 'status' | 'headers'> {
  body: Readable;
}

/**
 * One GET over a connection of its own, closed when `read` is done with the answer. Only `connect` and the signal bound its time.
 * Throws what undici and `read` throw, or the reason of the signal.
 */
export async function getDirectly<T>(
  url: URL,
  { connect, headers, signal }: DirectGet,
  read: (answer: DirectAnswer) => T | Promise<T>,
): Promise<T> {
  const client = new Client(url.origin, { connect, headersTimeout: 0, bodyTimeout: 0 });
  try {
    const answer = await client.request({ method: 'GET', path: url.pathname + url.search, headers, signal });
    // A body that is given up fails with nobody listening.
    answer.body.on('error', () => undefined);
    return await read({ status: answer.statusCode, headers: answer.headers, body: answer.body });
  } finally {
    void client.destroy();
  }
}
