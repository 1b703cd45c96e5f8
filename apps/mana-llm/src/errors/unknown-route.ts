import { ApiError } from '@mana-llm/openai-api';
import type { Request } from 'express';
import { editDistance } from '../edit-distance.js';
import { type KnownRoute, routesOf } from '../http/routes-of.js';

const MAX_COMPARED_LENGTH = 200;

function nearest(routes: KnownRoute[], path: string): KnownRoute | undefined {
  const sent = path.toLowerCase();
  const ranked = routes.map((route) => ({ route, far: editDistance(sent, route.pattern) }));
  return ranked.sort((one, other) => one.far - other.far)[0]?.route;
}

/** Express answers HEAD wherever there is a GET. */
function methodsOf(routes: KnownRoute[]): string[] {
  const methods = routes.flatMap((route) => route.methods);
  return [...new Set(methods.includes('GET') ? [...methods, 'HEAD'] : methods)].sort();
}

/** 405 where the path exists under another method, else 404 that names the nearest real route. */
export function unknownRoute(request: Request): ApiError {
  const routes = routesOf(request);
  const path = request.path.slice(0, MAX_COMPARED_LENGTH);
  const allow = methodsOf(routes.filter(({ isMatch }) => isMatch)).join(', ');
  if (allow !== '') {
    const message = `${request.method} is not allowed on ${path}. Use ${allow}.`;
    return new ApiError(405, message, { code: 'method_not_allowed', headers: { allow } });
  }
  const alike = routes.filter(({ methods }) => methods.includes(request.method));
  const near = nearest(alike.length === 0 ? routes : alike, path);
  const hint = near === undefined ? '' : ` Did you mean ${near.methods[0] ?? 'GET'} ${near.pattern}?`;
  return new ApiError(404, `Unknown route: ${request.method} ${path}.${hint}`, { code: 'unknown_url' });
}
