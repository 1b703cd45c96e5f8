import { AxiosError, type AxiosAdapter, type InternalAxiosRequestConfig, type RawAxiosResponseHeaders } from 'axios';
import { type Dispatcher, request } from 'undici';
import { wasStale } from './stale-connection.js';

/** What waits in a body that is held back for a slow reader: about one read of a socket. */
const HELD_BYTES = 4 * 1024;

export interface Dispatchers {
  kept: Dispatcher;
  /** A connection of its own for each request: a second kept one may be as stale as the first. */
  new: Dispatcher;
}

function flatHeaders(config: InternalAxiosRequestConfig): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config.headers.toJSON()).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]])),
  );
}

/**
 * Sends axios's requests through undici: axios keeps the interface, undici the sockets. It takes half the CPU time of
 * axios's own adapter (docs/decisions/0001-axios-over-undici.md), reads proxies and NO_PROXY from the environment, bounds the
 * connect alone, and gives bodies that can be paused. Every status is an answer here; `data` is the readable body. A request
 * whose kept connection turns out to be closed is sent once more.
 */
export function createUndiciAdapter(dispatchers: Dispatchers): AxiosAdapter {
  return async (config) => {
    const { url } = config;
    if (url === undefined) throw new AxiosError('a request needs a url', AxiosError.ERR_BAD_OPTION, config);
    const options = {
      method: (config.method ?? 'get').toUpperCase(),
      headers: flatHeaders(config),
      body: (config.data as string | undefined) ?? null,
      signal: (config.signal as AbortSignal | undefined) ?? null,
      // Our own clocks bound every phase; undici's would cut a model that thinks for long.
      headersTimeout: 0,
      bodyTimeout: 0,
      highWaterMark: HELD_BYTES,
    };
    const startedAtMs = performance.now();
    const response = await request(url, { ...options, dispatcher: dispatchers.kept }).catch((error: unknown) => {
      if (!wasStale(error, startedAtMs)) throw error;
      return request(url, { ...options, dispatcher: dispatchers.new });
    });
    return {
      data: response.body,
      status: response.statusCode,
      statusText: '',
      headers: response.headers as RawAxiosResponseHeaders,
      config,
    };
  };
}
