import { isUnconfigured, type Route } from '../candidate.js';

/** Keeps the servers of a route open for a request that may come to each of them yet, until what it returns is called. */
export function keepOpen({ candidates }: Pick<Route, 'candidates'>): () => void {
  for (const candidate of candidates) if (!isUnconfigured(candidate)) candidate.pool.hold();
  return () => {
    for (const candidate of candidates) if (!isUnconfigured(candidate)) candidate.pool.release();
  };
}
