import { join } from 'node:path';
import { type NestApplicationOptions, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';

const PAGE = join(import.meta.dirname, '..', 'public');

/** The whole backend, ready to listen; the tests have the same one. */
export async function createApp(options: NestApplicationOptions = {}): Promise<NestExpressApplication> {
  // A stop does not wait for streams: it ends them, and each stops its model.
  const app = await NestFactory.create<NestExpressApplication>(AppModule, { ...options, forceCloseConnections: true });
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, transform: true }));
  app.useStaticAssets(PAGE);
  app.enableShutdownHooks();
  return app;
}
