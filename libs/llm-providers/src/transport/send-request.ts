import type { Dispatcher } from 'undici';
import { wasStale } from './stale-connection.js';
import { type Stoppable, type UpstreamAnswer, UpstreamExchange } from './upstream-exchange.js';

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
  body: string | null;
}

/** One request through undici, which bounds the connect alone. One whose kept connection turns out to be closed is sent once more. */
export async function sendRequest(
  dispatchers: Dispatchers,
  request: UpstreamRequest,
  call: Stoppable,
): Promise<UpstreamAnswer> {
  // Our own clocks bound every phase; undici's would cut a model that thinks for long.
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
