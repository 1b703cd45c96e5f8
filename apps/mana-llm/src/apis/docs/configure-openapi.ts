import { type FieldCondition, ContentPartDto, REQUIRED_WHERE } from '@mana-llm/openai-api/checks';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { GatewayConfig } from '../../config/configuration.js';
import { gatewayConfig } from '../../config/load-configuration.js';
import { PROBES } from '../../door/host-guard.js';
import { isProtected } from '../../door/api-key-guard.js';
import { RoutingTable } from '../../routing/routing-table.js';
import { errorResponse, type ErrorStatus } from '../surface/error-responses.js';
import { Surfaces } from '../surface/surface.module.js';

type Schema = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];
type SchemaObject = Exclude<Schema, { $ref: string }>;

const KEY_DESCRIPTION = 'One of `API_KEYS`.';

function startDescription({ apiKeys }: GatewayConfig, surfaces: Surfaces): Omit<OpenAPIObject, 'paths'> {
  const builder = new DocumentBuilder()
    .setTitle('mana-llm')
    .setDescription("OpenAI's API in front of Ollama, OpenAI-compatible clouds and a small embedded model.")
    .setVersion('1')
    .addTag('chat')
    .addTag('responses')
    .addTag('embeddings')
    .addTag('models')
    .addTag('health')
    .addTag('metrics');
  if (apiKeys.length > 0) {
    builder
      .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: undefined, description: KEY_DESCRIPTION })
      .addApiKey({ type: 'apiKey', in: 'header', name: 'x-api-key', description: KEY_DESCRIPTION }, 'x-api-key');
  }
  const description = builder.build();
  return { ...description, components: { ...description.components, schemas: surfaces.errorSchemas() } };
}

type Access = Pick<GatewayConfig, 'apiKeys' | 'protectedRoutes'>;

/** Any route may answer so: Node's HTTP parser, the checks before the routes, or a failure of the gateway. */
const EVERYWHERE: readonly ErrorStatus[] = [400, 408, 413, 417, 431, 500, 503];
const KEY_SECURITY: NonNullable<OpenAPIObject['security']> = [{ bearer: [] }, { 'x-api-key': [] }];

const hasKeys = ({ apiKeys }: Access): boolean => apiKeys.length > 0;
const needsKey = (path: string, access: Access): boolean =>
  hasKeys(access) && isProtected(path, access.protectedRoutes);

function statusesOf(path: string, access: Access): ErrorStatus[] {
  if (needsKey(path, access)) return [...EVERYWHERE, 401];
  return hasKeys(access) || PROBES.has(path) ? [...EVERYWHERE] : [...EVERYWHERE, 403];
}

/** Adds to each route what any request may be answered, and the key where this gateway asks for one. */
function describeAccess({ paths }: OpenAPIObject, access: Access, surfaces: Surfaces): void {
  for (const [path, { get, post, delete: remove }] of Object.entries(paths)) {
    const errors = surfaces.errorsOf(path);
    const failures = Object.fromEntries(
      statusesOf(path, access).map((status) => [status, errorResponse(errors, status)]),
    );
    for (const operation of [get, post, remove]) {
      if (operation === undefined) continue;
      operation.responses = { ...failures, ...operation.responses };
      if (needsKey(path, access)) operation.security = KEY_SECURITY;
    }
  }
}

/** Either the other field has none of these values, or the field is there. */
function toSchema(
  field: string,
  { by, values }: FieldCondition,
  { nullable: _, ...required }: SchemaObject,
): SchemaObject {
  const elsewhere = { type: 'object', required: [by], properties: { [by]: { not: { enum: [...values] } } } };
  return { anyOf: [elsewhere, { type: 'object', required: [field], properties: { [field]: required } }] };
}

/** Says in OpenAPI's words which fields are required beside which values of others: Nest has no decorator for it. */
function describeConditions({ components }: OpenAPIObject): void {
  for (const owner of Object.values(components?.schemas ?? {})) {
    if (!('properties' in owner) || owner.properties === undefined) continue;
    for (const [field, property] of Object.entries(owner.properties)) {
      if ('$ref' in property) continue;
      const { [REQUIRED_WHERE]: condition, ...schema }: SchemaObject & { [REQUIRED_WHERE]?: FieldCondition } = property;
      if (condition === undefined) continue;
      const { by, values, isAlwaysChecked } = condition;
      owner.allOf = [...(owner.allOf ?? []), toSchema(field, condition, schema)];
      owner.properties[field] = isAlwaysChecked
        ? schema
        : { description: `Read where \`${by}\` is \`${values.join('`, `')}\`.` };
    }
  }
}

/** The page offers a model that is there. */
function offerModel({ paths }: OpenAPIObject, model: string): void {
  for (const parameter of paths['/v1/models/{id}']?.get?.parameters ?? []) {
    if (!('$ref' in parameter)) parameter.example = model;
  }
}

/** Serves the description of the routes at `/openapi.json` and a page to try them at `/docs`. */
export function configureOpenApi(app: NestExpressApplication): void {
  const config = app.get<GatewayConfig>(gatewayConfig.KEY);
  const surfaces = app.get(Surfaces);
  const createDocument = (): OpenAPIObject => {
    const document = SwaggerModule.createDocument(app, startDescription(config, surfaces), {
      extraModels: [ContentPartDto],
    });
    describeConditions(document);
    describeAccess(document, config, surfaces);
    offerModel(document, app.get(RoutingTable).current.defaultModel);
    return document;
  };
  SwaggerModule.setup('docs', app, createDocument, {
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'mana-llm',
    // Else the page asks a public server whether the description is valid.
    swaggerOptions: { validatorUrl: null },
  });
}
