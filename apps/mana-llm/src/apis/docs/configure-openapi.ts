import { ContentPart } from '@mana-llm/openai-api';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { type GatewayConfig, gatewayConfig } from '../../config/gateway.config.js';
import { RoutingTable } from '../../routing/routing-table.js';
import { describeAccess } from './describe-access.js';
import { ERROR_SCHEMAS } from '../surface/error-responses.js';
import { describeWantedFields } from './wanted-fields.js';

const KEY_WANTED = 'One of `API_KEYS`.';

function startDescription({ apiKeys }: GatewayConfig): Omit<OpenAPIObject, 'paths'> {
  const builder = new DocumentBuilder()
    .setTitle('mana-llm')
    .setDescription("OpenAI's API in front of Ollama, OpenAI-compatible clouds and a small embedded model.")
    .setVersion('1')
    .addTag('chat')
    .addTag('embeddings')
    .addTag('models')
    .addTag('health')
    .addTag('metrics');
  if (apiKeys.length > 0) {
    builder
      .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: undefined, description: KEY_WANTED })
      .addApiKey({ type: 'apiKey', in: 'header', name: 'x-api-key', description: KEY_WANTED }, 'x-api-key');
  }
  const description = builder.build();
  return { ...description, components: { ...description.components, schemas: ERROR_SCHEMAS } };
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
  const createDocument = (): OpenAPIObject => {
    const document = SwaggerModule.createDocument(app, startDescription(config), { extraModels: [ContentPart] });
    describeWantedFields(document);
    describeAccess(document, config);
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
