import { registerAs } from '@nestjs/config';
import type { CacheConfig } from './configuration.js';
import { loadConfiguration } from './load-configuration.js';

export type { CacheConfig } from './configuration.js';

/** Injected by `@Inject(cacheConfig.KEY)`, typed `CacheConfig`. */
export const cacheConfig = registerAs('cache', (): CacheConfig => loadConfiguration(process.env).cache);
