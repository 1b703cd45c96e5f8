import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { loadConfiguration } from './config/load-configuration.js';
import { configureApp } from './configure-app.js';
import { JsonExpressAdapter } from './door/json-express-adapter.js';

/** The whole service, ready to listen. Throws `ConfigurationError` when the environment or the file has mistakes. */
export async function createApp(root: Type = AppModule): Promise<NestExpressApplication> {
  // Nest would print a mistake's stack beside the list; `.env` has been read when AppModule was imported.
  loadConfiguration(process.env);
  const app = await NestFactory.create<NestExpressApplication>(root, new JsonExpressAdapter(), {
    bodyParser: false,
    bufferLogs: true,
    abortOnError: false,
  });
  configureApp(app);
  return app;
}
