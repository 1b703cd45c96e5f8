import { registerAs } from '@nestjs/config';
import type { ProvidersConfig } from './configuration.js';
import { loadConfiguration } from './load-configuration.js';

export type { ProvidersConfig } from './configuration.js';

/** Injected by `@Inject(providersConfig.KEY)`, typed `ProvidersConfig`. */
export const providersConfig = registerAs('providers', (): ProvidersConfig => loadConfiguration(process.env).providers);
