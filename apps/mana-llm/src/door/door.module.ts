import { Module } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { gatewayConfig } from '../config/load-configuration.js';
import { BodyMemory } from './body-memory.js';

/** The one count of what large requests hold, for whatever reads something large. */
@Module({
  providers: [
    {
      provide: BodyMemory,
      inject: [gatewayConfig.KEY],
      useFactory: ({ bodiesInFlightBytes }: ConfigType<typeof gatewayConfig>) => new BodyMemory(bodiesInFlightBytes),
    },
  ],
  exports: [BodyMemory],
})
export class DoorModule {}
