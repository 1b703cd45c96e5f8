import type { Request } from 'express';
import { namedPattern, routesOf } from './routes-of.js';

/**
 * The route that a request came to, as metrics and logs name it: `/v1/models/{id}`; bounded, unlike the path as sent. A request
 * that a middleware refused has not met its route yet: it is looked up.
 */
export function routePattern(request: Request): string {
  const path: unknown = (request.route as { path?: unknown } | undefined)?.path;
  if (typeof path === 'string') return namedPattern(path);
  return routesOf(request).find(({ isMatch }) => isMatch)?.pattern ?? 'unmatched';
}
