import type { NestExpressApplication } from '@nestjs/platform-express';
import { type ApiDefaultResponse, DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { ContentPart } from '@mana-llm/openai-api';

const KEY_WANTED = 'One of `API_KEYS`, where the gateway has any.';

type ErrorSchema = Extract<Parameters<typeof ApiDefaultResponse>[0], { schema: unknown }>['schema'];

const textOrNull = { type: 'string', nullable: true };
const ERROR_SCHEMA: ErrorSchema = {
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

/** Serves the description of the routes at `/openapi.json` and a page to try them at `/docs`. */
export function configureOpenApi(app: NestExpressApplication): void {
  const description = new DocumentBuilder()
    .setTitle('mana-llm')
    .setDescription("OpenAI's API in front of Ollama, OpenAI-compatible clouds and a small embedded model.")
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: undefined, description: KEY_WANTED })
    .addApiKey({ type: 'apiKey', in: 'header', name: 'x-api-key', description: KEY_WANTED }, 'x-api-key')
    .addSecurityRequirements({})
    .addSecurityRequirements('bearer')
    .addSecurityRequirements('x-api-key')
    .addGlobalResponse({ status: 'default', description: 'Any failure.', schema: ERROR_SCHEMA })
    .build();
  const createDocument = () => SwaggerModule.createDocument(app, description, { extraModels: [ContentPart] });
  SwaggerModule.setup('docs', app, createDocument, { jsonDocumentUrl: 'openapi.json', customSiteTitle: 'mana-llm' });
}
