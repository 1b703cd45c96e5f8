import { AxiosError, type AxiosAdapter, type InternalAxiosRequestConfig, type RawAxiosResponseHeaders } from 'axios';
import { type Dispatchers, sendRequest } from './send-request.js';
import type { Stoppable } from './upstream-exchange.js';

function flatHeaders(config: InternalAxiosRequestConfig): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config.headers.toJSON()).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]])),
  );
}

/** Sends what axios asks for, which are lists and pings, the same way (docs/decisions/0001-axios-over-undici.md). Every status is an answer here. */
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
