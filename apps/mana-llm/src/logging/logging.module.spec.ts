import { Global, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { gatewayConfig } from '../config/gateway.config.js';
import { GatewayLogger } from './gateway-logger.js';
import { LoggingModule } from './logging.module.js';

@Global()
@Module({ providers: [{ provide: gatewayConfig.KEY, useValue: { logLevel: 'error' } }], exports: [gatewayConfig.KEY] })
class SurroundingsModule {}

describe(LoggingModule.name, () => {
  it('gives a logger of the configured level', async () => {
    const testing = await Test.createTestingModule({ imports: [SurroundingsModule, LoggingModule] }).compile();

    const logger = testing.get(GatewayLogger);

    expect([logger.isLevelEnabled('error'), logger.isLevelEnabled('warn')]).toEqual([true, false]);
  });
});
