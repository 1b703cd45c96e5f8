import { type AxiosAdapter, AxiosError, type InternalAxiosRequestConfig, type RawAxiosResponseHeaders } from 'axios';
import type { Dispatcher } from 'undici';
import { wasStale } from './stale-connection.js';
import { type Stoppable, type UpstreamAnswer, UpstreamExchange } from './upstream-exchange.js';

/** Where requests get their connections from. */
export interface Dispatchers {
  kept: Dispatcher;
  /** A connection of its own for each request: a second kept one may be as stale as the first. */
  new: Dispatcher;
}

export interface UpstreamRequest {
  method: 'GET' | 'POST';
  origin: string;
  /** With its query. */
  path: string;
  headers: Record<string, string>;
  body: string | Uint8Array | null;
}

/** Sends one request through undici, which bounds only the connect. If its kept connection was closed, it is sent once more. */
export async function sendRequest(
  dispatchers: Dispatchers,
  request: UpstreamRequest,
  call: Stoppable,
): Promise<UpstreamAnswer> {
  // Our own timers bound every phase; undici's would stop a model that thinks for long.
  const options = { ...request, headersTimeout: 0, bodyTimeout: 0 };
  const send = (dispatcher: Dispatcher): Promise<UpstreamAnswer> =>
    new Promise((resolve, reject) => dispatcher.dispatch(options, new UpstreamExchange({ resolve, reject }, call)));
  const startedAtMs = performance.now();
  try {
    return await send(dispatchers.kept);
  } catch (error) {
    if (!wasStale(error, startedAtMs)) throw error;
    return send(dispatchers.new);
  }
}

function flatHeaders(config: InternalAxiosRequestConfig): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config.headers.toJSON()).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]])),
  );
}

/** Sends the requests of axios, which are lists and pings, the same way (docs/decisions/0001-axios-over-undici.md). Every status is an answer here. */
export function createUndiciAdapter(dispatchers: Dispatchers, call: Stoppable): AxiosAdapter {
  return async (config) => {
    if (config.url === undefined) throw new AxiosError('a request needs a url', AxiosError.ERR_BAD_OPTION, config);
    const { origin, pathname, search } = new URL(config.url);
    const { status, headers, body } = await sendRequest(
      dispatchers,
      { method: 'GET', origin, path: pathname + search, headers: flatHeaders(config), body: null },
      call,
    );
    return { data: body, status, statusText: '', headers: headers as RawAxiosResponseHeaders, config };
  };
}
