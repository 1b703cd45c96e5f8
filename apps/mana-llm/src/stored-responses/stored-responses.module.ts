import { Module } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { gatewayConfig } from '../config/load-configuration.js';
import { BodyMemory } from '../door/body-memory.js';
import { DoorModule } from '../door/door.module.js';
import type { RedisConnection } from '../redis/redis-connection.js';
import { REDIS_CONNECTION, RedisModule } from '../redis/redis.module.js';
import { ResponseStore } from './response-store.js';
import { RedisTexts, TextsOfOwners } from './response-texts.js';

function openStore(
  { responsesTtlSeconds, responsesMaxBytes: maxBytes, jsonValues: maxValues }: ConfigType<typeof gatewayConfig>,
  connection: RedisConnection | undefined,
  memory: BodyMemory,
): ResponseStore {
  const limits = { maxBytes, maxValues };
  const ttlMs = responsesTtlSeconds * 1000;
  if (ttlMs === 0) return new ResponseStore(undefined, limits, memory);
  const texts = connection ? new RedisTexts(connection, ttlMs) : new TextsOfOwners(maxBytes, ttlMs);
  return new ResponseStore(texts, limits, memory);
}

/** Keeps the turns of conversations, in Redis where there is one, else in memory. */
@Module({
  imports: [DoorModule, RedisModule],
  providers: [
    { provide: ResponseStore, inject: [gatewayConfig.KEY, REDIS_CONNECTION, BodyMemory], useFactory: openStore },
  ],
  exports: [ResponseStore],
})
export class StoredResponsesModule {}
