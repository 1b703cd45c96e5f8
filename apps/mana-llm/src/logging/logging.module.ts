import { Global, Module } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { gatewayConfig } from '../config/gateway.config.js';
import { createLogger } from './create-logger.js';
import { GatewayLogger } from './gateway-logger.js';

/** Gives `GatewayLogger` to every module; `app.useLogger(app.get(GatewayLogger))` sends Nest's messages there too. */
@Global()
@Module({
  providers: [
    {
      provide: GatewayLogger,
      inject: [gatewayConfig.KEY],
      useFactory: (config: ConfigType<typeof gatewayConfig>) => createLogger({ level: config.logLevel }),
    },
  ],
  exports: [GatewayLogger],
})
export class LoggingModule {}
