import { ApiError } from '@mana-llm/openai-api';
import type { Request } from 'express';
import { editDistance } from '../config/edit-distance.js';
import { type KnownRoute, routesOf } from './routes-of.js';

const CHAT = 'POST /v1/chat/completions';
/** Routes of APIs that clients know and this gateway may not have, by the beginning of their paths. */
const NOT_SERVED: readonly [prefix: string, instead: string][] = [
  ['/v1/responses', `Use ${CHAT}: every client of OpenAI's has it too.`],
  ['/v1/messages', `That is Anthropic's API. Use OpenAI's: ${CHAT}.`],
  ['/v1/completions', `Use ${CHAT}.`],
  ['/v1/moderations', `Ask a model for moderation by ${CHAT}, or call the provider itself.`],
  ['/v1/audio', 'Call the provider itself for audio.'],
  ['/v1/images', 'Call the provider itself for images.'],
  ['/v1/rerank', 'Compare the embeddings of POST /v1/embeddings, or call the provider itself.'],
];
/** https://github.com/ollama/ollama/blob/main/docs/api.md */
const OLLAMA_ROUTE = /^\/api\/(?:chat|generate|tags|embed|embeddings|show|ps|pull|version)\/?$/;

/** What to use in place of a well-known route; undefined where the path is none, or this gateway has routes there. */
function notServed(routes: readonly KnownRoute[], path: string): string | undefined {
  if (OLLAMA_ROUTE.test(path)) return `This is no Ollama: OpenAI's API is at /v1, such as ${CHAT} and GET /v1/models.`;
  const isUnder = (other: string, prefix: string): boolean => other === prefix || other.startsWith(`${prefix}/`);
  const [prefix, instead] = NOT_SERVED.find(([known]) => isUnder(path, known)) ?? [];
  if (prefix === undefined || routes.some(({ pattern }) => isUnder(pattern, prefix))) return undefined;
  return `${prefix} is not served here. ${instead}`;
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

/** 405 where the path exists under another method, else 404 that names the nearest real route. */
export function unknownRoute(request: Request): ApiError {
  const routes = routesOf(request);
  const path = request.path.slice(0, MAX_COMPARED_LENGTH);
  const allow = methodsOf(routes.filter(({ isMatch }) => isMatch)).join(', ');
  if (allow !== '') {
    const message = `${request.method} is not allowed on ${path}. Use ${allow}.`;
    return new ApiError(405, message, { code: 'method_not_allowed', headers: { allow } });
  }
  const other = notServed(routes, path);
  if (other !== undefined) return new ApiError(404, other, { code: 'unknown_url' });
  const alike = routes.filter(({ methods }) => methods.includes(request.method));
  const near = nearest(alike.length === 0 ? routes : alike, path);
  const hint = near === undefined ? '' : ` Did you mean ${near.methods[0] ?? 'GET'} ${near.pattern}?`;
  return new ApiError(404, `Unknown route: ${request.method} ${path}.${hint}`, { code: 'unknown_url' });
}
