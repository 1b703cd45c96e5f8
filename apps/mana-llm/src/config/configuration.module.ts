import { Global, Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { ConfigurationSource } from './configuration-source.js';
import { cacheConfig, gatewayConfig, providersConfig, routingConfig } from './load-configuration.js';

/** Any `NODE_ENV` but these two is development, and so is none. */
export function isDevelopment(environment: { NODE_ENV?: string }): boolean {
  return !['production', 'test'].includes(environment.NODE_ENV?.trim() ?? '');
}

/**
 * Gives every module the four parts of the configuration as they were at the start, and `ConfigurationSource`, which
 * gives later ones. In development, the import of this file reads `.env` into the environment, so that every later
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
