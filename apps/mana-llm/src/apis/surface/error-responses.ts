import { ApiResponse } from '@nestjs/swagger';
import type { ErrorRenderer } from './error-renderer.js';

const MEANINGS = {
  400: 'The request is wrong; `param` is the path of the field.',
  401: 'No key was sent, or one that is not in `API_KEYS`.',
  403: 'The gateway has no keys, and does not serve this Host, or this web page.',
  404: 'No provider has a model of this name.',
  408: 'The request was not complete in time.',
  413: 'The request is too large.',
  415: 'The body is not JSON, or has an encoding that is not supported.',
  417: 'The `expect` header asks for something other than `100-continue`.',
  422: 'The provider says that the request is wrong.',
  429: 'A limit of the provider or of the gateway is reached.',
  431: 'The headers are too large.',
  500: 'The gateway itself has failed.',
  502: 'The provider cannot be reached or used, or its answer cannot be read.',
  503: 'No provider can serve now, or the gateway is stopping.',
  504: 'The provider took too long.',
} as const;
export type ErrorStatus = keyof typeof MEANINGS;

const text = (description: string) => ({ description, schema: { type: 'string' as const } });
const RETRY_AFTER = { 'retry-after': text('Seconds to wait, where they are known.') };
const HEADERS: { [status in ErrorStatus]?: Record<string, ReturnType<typeof text>> } = {
  401: { 'www-authenticate': text('`Bearer`') },
  429: RETRY_AFTER,
  503: RETRY_AFTER,
};

/** The name of the schema, for an answer that may be something else too. */
export function errorReference({ schema }: ErrorRenderer): { $ref: string } {
  return { $ref: `#/components/schemas/${schema.name}` };
}

/** An answer in the shape of these errors. */
export function errorResponse(errors: ErrorRenderer, status: ErrorStatus) {
  const headers = HEADERS[status];
  const content = { 'application/json': { schema: errorReference(errors) } };
  return { description: MEANINGS[status], content, ...(headers && { headers }) };
}

/** The failures of a route beside those that every route may have. */
export function ApiErrors(errors: ErrorRenderer, ...statuses: ErrorStatus[]): MethodDecorator {
  return (target, name, descriptor) => {
    for (const status of statuses) ApiResponse({ status, ...errorResponse(errors, status) })(target, name, descriptor);
  };
}
