import type { Readable } from 'node:stream';
import { AxiosError, type AxiosAdapter, type InternalAxiosRequestConfig, type RawAxiosResponseHeaders } from 'axios';
import { type Dispatcher, request } from 'undici';
import { wasStale } from './stale-connection.js';

/** What waits in a body that is held back for a slow reader. The socket holds what else it has read. */
const HELD_BYTES = 4 * 1024;

export interface Dispatchers {
  kept: Dispatcher;
  /** A connection of its own for each request: a second kept one may be as stale as the first. */
  new: Dispatcher;
}

export interface UpstreamRequest {
  method: 'GET' | 'POST';
  url: string;
  headers: Record<string, string>;
  body: string | null;
  signal: AbortSignal | null;
}

/** An answer of whatever status, its body still to be read. */
export interface UpstreamAnswer {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Readable;
}

/**
 * One request through undici, which bounds the connect alone and gives bodies that can be paused. One whose kept connection turns out
 * to be closed is sent once more.
 */
export async function sendRequest(
  dispatchers: Dispatchers,
  { url, ...outgoing }: UpstreamRequest,
): Promise<UpstreamAnswer> {
  // Our own clocks bound every phase; undici's would cut a model that thinks for long.
  const options = { ...outgoing, headersTimeout: 0, bodyTimeout: 0, highWaterMark: HELD_BYTES };
  const startedAtMs = performance.now();
  const { statusCode, headers, body } = await request(url, { ...options, dispatcher: dispatchers.kept }).catch(
    (error: unknown) => {
      if (!wasStale(error, startedAtMs)) throw error;
      return request(url, { ...options, dispatcher: dispatchers.new });
    },
  );
  return { status: statusCode, headers, body };
}

function flatHeaders(config: InternalAxiosRequestConfig): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config.headers.toJSON()).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]])),
  );
}

/** Sends what axios asks for, which are lists and pings, the same way (docs/decisions/0001-axios-over-undici.md). Every status is an answer here. */
export function createUndiciAdapter(dispatchers: Dispatchers): AxiosAdapter {
  return async (config) => {
    const { url } = config;
    if (url === undefined) throw new AxiosError('a request needs a url', AxiosError.ERR_BAD_OPTION, config);
    const { status, headers, body } = await sendRequest(dispatchers, {
      method: 'GET',
      url,
      headers: flatHeaders(config),
      body: null,
      signal: (config.signal as AbortSignal | undefined) ?? null,
    });
    return { data: body, status, statusText: '', headers: headers as RawAxiosResponseHeaders, config };
  };
}
