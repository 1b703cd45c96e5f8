import { ApiResponse, type OpenAPIObject } from '@nestjs/swagger';

type Schema = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];

const textOrNull = { type: 'string', nullable: true };
const ERROR_SCHEMA: Schema = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['message', 'type', 'param', 'code'],
      properties: { message: { type: 'string' }, type: { type: 'string' }, param: textOrNull, code: textOrNull },
    },
  },
};

/** The schemas that the answers here refer to. */
export const ERROR_SCHEMAS = { Error: ERROR_SCHEMA };
export const ERROR_REFERENCE = { $ref: '#/components/schemas/Error' };

const MEANINGS = {
  400: 'The request is wrong; `param` is the path of the field.',
  401: 'No key was sent, or none of `API_KEYS`.',
  403: 'The gateway has no keys, and its name or the web page may be a stranger’s.',
  404: 'No provider has a model of this name.',
  408: 'The request did not come whole in time.',
  413: 'The request is too large.',
  415: 'The body is no JSON, or is encoded in a way that is not read.',
  417: 'An `expect` header wants something else than `100-continue`.',
  422: 'The provider says that the request is wrong.',
  429: 'The provider’s limit, or no place came free in time.',
  431: 'The headers are too large.',
  500: 'A mistake of the gateway’s own.',
  502: 'The provider cannot be reached, cannot be used, or sent what cannot be read.',
  503: 'No provider can serve now, or the gateway is stopping.',
  504: 'The provider took too long.',
} as const;
export type ErrorStatus = keyof typeof MEANINGS;

const text = (description: string) => ({ description, schema: { type: 'string' as const } });
const RETRY_AFTER = { 'retry-after': text('Seconds to wait, where something is known of them.') };
const HEADERS: { [status in ErrorStatus]?: Record<string, ReturnType<typeof text>> } = {
  401: { 'www-authenticate': text('`Bearer`') },
  429: RETRY_AFTER,
  503: RETRY_AFTER,
};

/** An answer with OpenAI's error shape. */
export function errorResponse(status: ErrorStatus) {
  const headers = HEADERS[status];
  const content = { 'application/json': { schema: ERROR_REFERENCE } };
  return { description: MEANINGS[status], content, ...(headers && { headers }) };
}

/** The failures of a route beside those that every route may have. */
export function ApiErrors(...statuses: ErrorStatus[]): MethodDecorator {
  return (target, name, descriptor) => {
    for (const status of statuses) ApiResponse({ status, ...errorResponse(status) })(target, name, descriptor);
  };
}
