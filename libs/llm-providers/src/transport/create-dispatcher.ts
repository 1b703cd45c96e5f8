import { Agent, type buildConnector, type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import { createConnector } from './create-connector.js';
import { watchConnection } from './stale-connection.js';

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
