import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { ContentPart } from '@mana-llm/openai-api';

/** Serves the description of the routes at `/openapi.json` and a page to try them at `/docs`. */
export function configureOpenApi(app: NestExpressApplication): void {
  const description = new DocumentBuilder()
    .setTitle('mana-llm')
    .setDescription("OpenAI's API in front of Ollama, OpenAI-compatible clouds and a small embedded model.")
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'One of `API_KEYS`, where the gateway has any.' })
    .addSecurityRequirements({})
    .addSecurityRequirements('bearer')
    .build();
  const createDocument = () => SwaggerModule.createDocument(app, description, { extraModels: [ContentPart] });
  SwaggerModule.setup('docs', app, createDocument, { jsonDocumentUrl: 'openapi.json', customSiteTitle: 'mana-llm' });
}
