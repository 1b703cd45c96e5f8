import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import { createConnector } from './create-connector.js';

const PROXY_VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];

/** Idle upstream connections are kept this long: under the 75 s after which nginx and many clouds close theirs. */
const KEEP_ALIVE_MS = 55_000;

/**
 * Connections to upstreams: reused, TLS verified (`NODE_EXTRA_CA_CERTS` included, by Node itself), through the proxies of
 * `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` where they are set.
 */
export function createDispatcher(connectMs: number): Dispatcher {
  const options = { connect: createConnector(connectMs), keepAliveTimeout: KEEP_ALIVE_MS };
  if (!PROXY_VARIABLES.some((name) => process.env[name])) return new Agent(options);
  // Plain http goes to the proxy as such: many proxies refuse CONNECT to ports other than 443.
  const timeout = connectMs;
  const proxy = { proxyTunnel: false, proxyTls: { timeout }, requestTls: { timeout } };
  return new EnvHttpProxyAgent({ ...options, ...proxy });
}
