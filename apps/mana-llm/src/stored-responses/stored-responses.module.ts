import { Module } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { gatewayConfig } from '../config/load-configuration.js';
import type { RedisConnection } from '../redis/redis-connection.js';
import { REDIS_CONNECTION, RedisModule } from '../redis/redis.module.js';
import { ResponseStore } from './response-store.js';
import { MemoryTexts, RedisTexts } from './response-texts.js';

function openStore(config: ConfigType<typeof gatewayConfig>, connection: RedisConnection | undefined): ResponseStore {
  const { responsesTtlSeconds, responsesMaxBytes } = config;
  const ttlMs = responsesTtlSeconds * 1000;
  if (ttlMs === 0) return new ResponseStore(undefined, responsesMaxBytes);
  const texts = connection ? new RedisTexts(connection, ttlMs) : new MemoryTexts(responsesMaxBytes, ttlMs);
  return new ResponseStore(texts, responsesMaxBytes);
}

/** Keeps the turns of conversations, in Redis where there is one, else in memory. */
@Module({
  imports: [RedisModule],
  providers: [{ provide: ResponseStore, inject: [gatewayConfig.KEY, REDIS_CONNECTION], useFactory: openStore }],
  exports: [ResponseStore],
})
export class StoredResponsesModule {}
