import { isUnconfigured, type Route } from './candidate.js';

/** Keeps the servers of a route open for a request that may come to each of them yet, until what it returns is called. */
export function keepOpen({ candidates }: Pick<Route, 'candidates'>): () => void {
  const hosts = candidates.flatMap((candidate) => (isUnconfigured(candidate) ? [] : candidate.pool.hosts));
  for (const host of hosts) host.hold();
  return () => {
    for (const host of hosts) host.release();
  };
}
