import { Test } from '@nestjs/testing';
import { cacheConfig, gatewayConfig } from '../config/load-configuration.js';
import type { CacheConfig } from '../config/configuration.js';
import { RedisConnection } from './redis-connection.js';
import { REDIS_CONNECTION, RedisModule } from './redis.module.js';

const CONFIG: CacheConfig = { ttlSeconds: 60, maxWaitMs: 50, memoryMb: 1 };
/** No server answers here: the client only tries. */
const redisUrl = 'redis://127.0.0.1:1';

describe(RedisModule.name, () => {
  const connectionOf = async (
    config: CacheConfig,
    responsesTtlSeconds = 0,
  ): Promise<{ connection: unknown; close: () => Promise<void> }> => {
    const app = await Test.createTestingModule({
      imports: [
        {
          module: class {},
          global: true,
          providers: [
            { provide: cacheConfig.KEY, useValue: config },
            { provide: gatewayConfig.KEY, useValue: { responsesTtlSeconds } },
          ],
          exports: [cacheConfig.KEY, gatewayConfig.KEY],
        },
        RedisModule,
      ],
    }).compile();
    return { connection: app.get<unknown>(REDIS_CONNECTION), close: () => app.close() };
  };

  it.each<[string, CacheConfig]>([
    ['no Redis is configured', CONFIG],
    ['nothing is kept', { ...CONFIG, redisUrl, ttlSeconds: 0 }],
  ])('gives no connection where %s', async (_when, config) => {
    const { connection, close } = await connectionOf(config);
    expect(connection).toBeUndefined();
    await close();
  });

  it('gives a connection where responses are kept and nothing is cached', async () => {
    const { connection, close } = await connectionOf({ ...CONFIG, redisUrl, ttlSeconds: 0 }, 60);
    expect(connection).toBeInstanceOf(RedisConnection);
    await close();
  });

  it('gives a connection that tells what is wrong with it, and is closed with the app', async () => {
    const { connection, close } = await connectionOf({ ...CONFIG, redisUrl });
    const redis = connection as RedisConnection;
    expect(redis).toBeInstanceOf(RedisConnection);
    expect(redis.status()).toEqual({ status: 'degraded', reason: 'it cannot be reached' });
    const ended = new Promise((resolve) => redis.client.once('end', resolve));
    await close();
    await ended;
    expect(redis.client.status).toBe('end');
  });
});
