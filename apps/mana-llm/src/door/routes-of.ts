import type { Request } from 'express';

/** The part of Express's router layer that is read here (https://github.com/pillarjs/router). */
interface RouterLayer {
  match(path: string): boolean;
  route?: { path: unknown; methods: Record<string, boolean> };
}

export interface KnownRoute {
  /** As metrics and messages name it: `/v1/models/{id}`. */
  pattern: string;
  methods: string[];
  /** Whether the request's path is one of this route. */
  isMatch: boolean;
}

/** Asked for each request, and there are as many paths as routes. */
const patterns = new Map<string, string>();

/** Express's path with its parameters as OpenAPI writes them: `/v1/models/{id}`. */
export function namedPattern(path: string): string {
  const known = patterns.get(path);
  if (known !== undefined) return known;
  const pattern = path.replace(/[*:](\w+)/g, '{$1}');
  patterns.set(path, pattern);
  return pattern;
}

function matches(layer: RouterLayer, path: string): boolean {
  try {
    return layer.match(path);
  } catch {
    // A bad escape in the path: it is nobody's.
    return false;
  }
}

/** Every route of the application that a request came to. */
export function routesOf(request: Request): KnownRoute[] {
  const { stack } = (request.app as unknown as { router: { stack: RouterLayer[] } }).router;
  const path = request.originalUrl.split('?', 1)[0] ?? '/';
  return stack.flatMap((layer) => {
    if (layer.route === undefined || typeof layer.route.path !== 'string') return [];
    const pattern = namedPattern(layer.route.path);
    const methods = Object.keys(layer.route.methods).map((method) => method.toUpperCase());
    return [{ pattern, methods, isMatch: matches(layer, path) }];
  });
}
