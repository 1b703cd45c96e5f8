import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { AppModule } from './app.module.js';

/** `express` or `fastify`. */
const platform = String(process.env.PLATFORM);
const ADAPTERS: Record<string, string> = { express: 'ExpressAdapter', fastify: 'FastifyAdapter' };

async function createAdapter(): Promise<AbstractHttpAdapter> {
  const adapters = (await import(`@nestjs/platform-${platform}`)) as Record<string, new () => AbstractHttpAdapter>;
  return new adapters[ADAPTERS[platform]!]!();
}

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule, await createAdapter(), { logger: ['warn', 'error'] });
  await app.listen(0, '127.0.0.1');
  console.log(`listening at ${await app.getUrl()}`);
}

void main();
