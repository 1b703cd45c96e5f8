import type { OpenRoute } from '../config/environment.js';

/** What each name in `PROTECT` stands for. Probes stay open. */
const PROTECTED_PATHS: Readonly<Record<OpenRoute, (string | RegExp)[]>> = {
  metrics: ['/metrics'],
  docs: ['/docs', '/docs-yaml', '/openapi.json'],
  health: [/^\/health\/?$/i],
};

/** The paths that ask for a key, as Express takes them: a text stands for everything below it too. */
export function protectedPaths(routes: readonly OpenRoute[]): (string | RegExp)[] {
  return ['/v1', ...routes.flatMap((name) => PROTECTED_PATHS[name])];
}

/** Whether a route of the gateway asks for a key, where there are any. */
export function isProtected(path: string, routes: readonly OpenRoute[]): boolean {
  return protectedPaths(routes).some((known) =>
    typeof known === 'string' ? path === known || path.startsWith(`${known}/`) : known.test(path),
  );
}
