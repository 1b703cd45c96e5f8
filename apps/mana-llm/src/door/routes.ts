import { ApiError } from '@mana-llm/openai-api';
import type { Request } from 'express';
import { editDistance } from '../config/misspelling.js';

/** The part of Express's router layer that is read here (https://github.com/pillarjs/router). */
interface RouterLayer {
  match(path: string): boolean;
  route?: { path: unknown; methods: Record<string, boolean> };
}

interface KnownRoute {
  /** As metrics and messages name it: `/v1/models/{id}`. */
  pattern: string;
  methods: string[];
  /** Whether the request's path is one of this route. */
  isMatch: boolean;
}

/** Looked up for each request. It has as many entries as there are routes. */
const patterns = new Map<string, string>();

/** Express's path with its parameters as OpenAPI writes them: `/v1/models/{id}`. */
function namedPattern(path: string): string {
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
    // A bad escape in the path: no route has it.
    return false;
  }
}

/** Every route of the application that a request came to. */
function routesOf(request: Request): KnownRoute[] {
  const { stack } = (request.app as unknown as { router: { stack: RouterLayer[] } }).router;
  const path = request.originalUrl.split('?', 1)[0] ?? '/';
  return stack.flatMap((layer) => {
    if (layer.route === undefined || typeof layer.route.path !== 'string') return [];
    const pattern = namedPattern(layer.route.path);
    const methods = Object.keys(layer.route.methods).map((method) => method.toUpperCase());
    return [{ pattern, methods, isMatch: matches(layer, path) }];
  });
}

/**
 * The route of a request, as metrics and logs name it: `/v1/models/{id}`. There are few routes, but any number of paths. For a request
 * that a middleware refused before it came to a route, the route is looked up.
 */
export function routePattern(request: Request): string {
  const path: unknown = (request.route as { path?: unknown } | undefined)?.path;
  if (typeof path === 'string') return namedPattern(path);
  return routesOf(request).find(({ isMatch }) => isMatch)?.pattern ?? 'unmatched';
}

const CHAT = 'POST /v1/chat/completions';
/** Routes of well-known APIs that this gateway may not have, by the beginnings of their paths. */
const NOT_SERVED: readonly [prefix: string, instead: string][] = [
  ['/v1/messages', `It belongs to Anthropic's API. Use OpenAI's API: ${CHAT}.`],
  ['/v1/completions', `Use ${CHAT}.`],
  ['/v1/moderations', `Ask a model by ${CHAT}, or call the provider directly.`],
  ['/v1/audio', 'For audio, call the provider directly.'],
  ['/v1/images', 'For images, call the provider directly.'],
  ['/v1/responses/compact', 'Send the conversation as input, without what it no longer needs.'],
  ['/v1/responses/input_tokens', 'A response says in its usage how many tokens its input had.'],
  ['/v1/conversations', 'Send previous_response_id, or the whole conversation as input, to POST /v1/responses.'],
  ['/v1/assistants', 'Use POST /v1/responses.'],
  ['/v1/threads', 'Use POST /v1/responses.'],
  ['/v1/files', 'Send what the file contains as text, or an image as a data URL.'],
  ['/v1/batches', 'Send the requests one by one, or call the provider directly.'],
  ['/v1/realtime', 'For speech, call the provider directly.'],
  ['/v1/fine_tuning', 'Call the provider directly.'],
  ['/v1/vector_stores', 'Compare vectors of POST /v1/embeddings, or call the provider directly.'],
  ['/v1/rerank', 'Compare vectors of POST /v1/embeddings, or call the provider directly.'],
];
/** https://github.com/ollama/ollama/blob/main/docs/api.md */
const OLLAMA_ROUTE = /^\/api\/(?:chat|generate|tags|embed|embeddings|show|ps|pull|version)\/?$/;

/** The message for a well-known route that this gateway does not have. Undefined for any other path. */
function notServed(routes: readonly KnownRoute[], path: string): string | undefined {
  if (OLLAMA_ROUTE.test(path))
    return `This gateway does not have Ollama's API. Use OpenAI's API at /v1: ${CHAT}, GET /v1/models.`;
  const isUnder = (other: string, prefix: string): boolean => other === prefix || other.startsWith(`${prefix}/`);
  const [prefix, instead] = NOT_SERVED.find(([known]) => isUnder(path, known)) ?? [];
  if (prefix === undefined || routes.some(({ pattern }) => isUnder(pattern, prefix))) return undefined;
  return `${prefix} is not served here. ${instead}`;
}

/**
 * What is wrong with a request whose body was refused. The body is read before the route is known: where there is no such route, the
 * body is not what is wrong.
 */
export function bodyRefusal(error: unknown, request: Request): unknown {
  const isKnown = routesOf(request).some(({ isMatch, methods }) => isMatch && methods.includes(request.method));
  return isKnown ? error : unknownRoute(request);
}

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

/** 404 for a known route that is not served, 405 where the path exists under another method, else 404 with the nearest real route. */
export function unknownRoute(request: Request): ApiError {
  const routes = routesOf(request);
  const path = (request.baseUrl + request.path).slice(0, MAX_COMPARED_LENGTH);
  const other = notServed(routes, path);
  if (other !== undefined) return new ApiError(404, other, { code: 'unknown_url' });
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
