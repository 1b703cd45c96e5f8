import { Global, Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { cacheConfig } from './cache.config.js';
import { ConfigurationSource } from './configuration-source.js';
import { gatewayConfig } from './gateway.config.js';
import { isDevelopment } from './is-development.js';
import { providersConfig } from './providers.config.js';
import { routingConfig } from './routing.config.js';

/**
 * Gives the four parts of the configuration to every module, as they were at the start, and `ConfigurationSource`, which tells
 * later ones. In development `.env` is read into the environment when this file is imported, so that every later
 * `loadConfiguration(process.env)` sees it.
 */
@Global()
@Module({
  imports: [
    ConfigModule.forRoot({
      isGlobal: true,
      cache: true,
      ignoreEnvFile: !isDevelopment(process.env),
      load: [gatewayConfig, providersConfig, routingConfig, cacheConfig],
    }),
  ],
  providers: [ConfigurationSource],
  exports: [ConfigurationSource],
})
export class ConfigurationModule {}
