import type { Socket } from 'node:net';
import { Agent, buildConnector, type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import { watchConnection } from './stale-connection.js';

/** Some 80 events of a chat stream, a millisecond of work. Without it Node allocates 64 KiB for each read and frees most of it. */
const READ_BYTES = 16 * 1024;

/** A paused socket stops reading after one of them. */
const stopping = { highWaterMark: READ_BYTES };

const sharedReads = {
  onread: {
    buffer: Buffer.allocUnsafeSlow(READ_BYTES),
    // One buffer for all sockets: what was read is copied before anything else is read.
    callback(this: Socket, length: number, buffer: Uint8Array): boolean {
      return this.push(Buffer.from(buffer.subarray(0, length)));
    },
  },
};

/** Connects to upstreams by short reads, however much one of them sends at once (docs/decisions/0009-fair-reads.md). */
export function createConnector(connectMs: number): buildConnector.connector {
  const connectPlain = buildConnector({ timeout: connectMs, ...stopping, ...sharedReads });
  // What TLS reads at once it has to read before it can tell how much it is.
  const connectTls = buildConnector({ timeout: connectMs, ...stopping });
  return (options, callback) => {
    const connect = options.protocol === 'https:' ? connectTls : connectPlain;
    connect(options, callback);
  };
}

const PROXY_VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];

/** Idle upstream connections are kept this long: under the 75 s after which nginx and many clouds close theirs. */
const KEEP_ALIVE_MS = 55_000;

/** For undici's `pipelining`: 0 closes each connection after its answer. */
const CONNECTION_REQUESTS = { kept: 1, new: 0 } as const;

/** Where undici gets its connections from: `kept` ones where there are some, or a `new` one for each request. */
export type ConnectionUse = keyof typeof CONNECTION_REQUESTS;

function watched(connect: buildConnector.connector): buildConnector.connector {
  return (options, callback) =>
    connect(options, (...result) => {
      if (result[0] === null) watchConnection(result[1]);
      callback(...result);
    });
}

/**
 * Connections to upstreams: reused, TLS verified (`NODE_EXTRA_CA_CERTS` included, by Node itself), through the proxies of
 * `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` where they are set.
 */
export function createDispatcher(connectMs: number, use: ConnectionUse = 'kept'): Dispatcher {
  // Each agent, those for proxies too, makes its pools by this with a connector of its own.
  const factory = (origin: string | URL, options: object): Pool => {
    const { connect } = options as { connect: buildConnector.connector };
    return new Pool(origin, { ...options, connect: watched(connect), pipelining: CONNECTION_REQUESTS[use] });
  };
  const options = { connect: createConnector(connectMs), keepAliveTimeout: KEEP_ALIVE_MS, factory };
  if (!PROXY_VARIABLES.some((name) => process.env[name])) return new Agent(options);
  // Plain http goes to the proxy as such: many proxies refuse CONNECT to ports other than 443.
  const timeout = connectMs;
  const proxy = { proxyTunnel: false, proxyTls: { timeout }, requestTls: { timeout } };
  return new EnvHttpProxyAgent({ ...options, ...proxy });
}
