import { Global, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { Subject } from 'rxjs';
import { cacheConfig, gatewayConfig, providersConfig } from '../config/load-configuration.js';
import type { Configuration, GatewayConfig } from '../config/configuration.js';
import { ConfigurationSource } from '../config/configuration-source.js';
import { GatewayLogger } from './gateway-logger.js';
import { LoggingModule } from './logging.module.js';
import { SecretRedactor } from './secret-redactor.js';

const withKeys = (...apiKeys: string[]): Configuration =>
  ({
    gateway: { logLevel: 'error', apiKeys, unusedKeys: [] } as unknown as GatewayConfig,
    providers: { settings: [] },
    cache: {},
  }) as unknown as Configuration;

const changes$ = new Subject<Configuration>();
const { gateway, providers, cache } = withKeys('the-first-key');
const SURROUNDINGS = [
  { provide: gatewayConfig.KEY, useValue: gateway },
  { provide: providersConfig.KEY, useValue: providers },
  { provide: cacheConfig.KEY, useValue: cache },
  { provide: ConfigurationSource, useValue: { changes$ } },
];

@Global()
@Module({ providers: SURROUNDINGS, exports: SURROUNDINGS.map(({ provide }) => provide) })
class SurroundingsModule {}

describe(LoggingModule.name, () => {
  let testing: TestingModule;

  beforeAll(async () => {
    testing = await Test.createTestingModule({ imports: [SurroundingsModule, LoggingModule] }).compile();
  });

  it('gives a logger of the configured level', () => {
    const logger = testing.get(GatewayLogger);

    expect([logger.isLevelEnabled('error'), logger.isLevelEnabled('warn')]).toEqual([true, false]);
  });

  it('knows the secrets of the configuration in use, and of those before', () => {
    const secrets = testing.get(SecretRedactor);
    const text = 'the-first-key, the-second-key';

    expect(secrets.redact(text)).toBe('[redacted], the-second-key');
    changes$.next(withKeys('the-second-key'));
    expect(secrets.redact(text)).toBe('[redacted], [redacted]');
  });
});
