import { subscribeGuarded } from '@mana-llm/llm-providers';
import { Global, Logger, Module } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { cacheConfig, gatewayConfig, providersConfig } from '../config/load-configuration.js';
import { ConfigurationSource } from '../config/configuration-source.js';
import { configuredSecrets } from '../config/configured-secrets.js';
import { createLogger } from './create-logger.js';
import { GatewayLogger } from './gateway-logger.js';
import { SecretRedactor } from './secret-redactor.js';

/**
 * Gives `GatewayLogger` to every module; `app.useLogger(app.get(GatewayLogger))` sends Nest's messages there too. The
 * `SecretRedactor` knows the secrets of the configuration in use, and of those before.
 */
@Global()
@Module({
  providers: [
    {
      provide: SecretRedactor,
      inject: [gatewayConfig.KEY, providersConfig.KEY, cacheConfig.KEY, ConfigurationSource],
      useFactory: (
        gateway: ConfigType<typeof gatewayConfig>,
        providers: ConfigType<typeof providersConfig>,
        cache: ConfigType<typeof cacheConfig>,
        source: ConfigurationSource,
      ) => {
        const secrets = new SecretRedactor(configuredSecrets({ gateway, providers, cache }));
        subscribeGuarded(source.changes$, {
          next: (configuration) => secrets.learn(configuredSecrets(configuration)),
          error: (error) => Logger.error(error),
        });
        return secrets;
      },
    },
    {
      provide: GatewayLogger,
      inject: [gatewayConfig.KEY, SecretRedactor],
      useFactory: ({ logLevel: level }: ConfigType<typeof gatewayConfig>, secrets: SecretRedactor) =>
        createLogger({ level, secrets }),
    },
  ],
  exports: [GatewayLogger, SecretRedactor],
})
export class LoggingModule {}
