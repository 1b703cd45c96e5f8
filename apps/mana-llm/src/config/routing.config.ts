import { registerAs } from '@nestjs/config';
import type { RoutingConfig } from './configuration.js';
import { loadConfiguration } from './load-configuration.js';

export type { RoutingConfig } from './configuration.js';

/** Injected by `@Inject(routingConfig.KEY)`, typed `RoutingConfig`. */
export const routingConfig = registerAs('routing', (): RoutingConfig => loadConfiguration(process.env).routing);
