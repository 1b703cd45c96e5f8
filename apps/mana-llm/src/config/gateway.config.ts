import { registerAs } from '@nestjs/config';
import type { GatewayConfig } from './configuration.js';
import { loadConfiguration } from './load-configuration.js';

export type { GatewayConfig } from './configuration.js';

/** Injected by `@Inject(gatewayConfig.KEY)`, typed `GatewayConfig`. */
export const gatewayConfig = registerAs('gateway', (): GatewayConfig => loadConfiguration(process.env).gateway);
