import { MAX_JSON_DEPTH } from '@mana-llm/openai-api';
import type { ConfigFile } from '../config-file.js';
import type { GatewayConfig } from '../configuration.js';
import type { Environment } from '../environment.js';
import { strongest } from './strongest.js';

const DEFAULT_LIMITS = {
  bodyMb: 50,
  bodiesInFlightMb: 256,
  jsonDepth: MAX_JSON_DEPTH,
  jsonValues: 1_000_000,
  heartbeatMs: 15_000,
  stalledClientMs: 30_000,
};
const MIB_BYTES = 1024 * 1024;

function toMs(seconds: number): number {
  return Math.round(seconds * 1000);
}

function toKeys(environment: Environment): Pick<GatewayConfig, 'apiKeys' | 'unusedKeys'> {
  const { API_KEYS: apiKeys = [], GPU_API_KEY: gpuKey, GPU_REQUIRE_AUTH: isAsked } = environment;
  const keys = [...new Set(gpuKey === undefined ? apiKeys : [...apiKeys, gpuKey])];
  return isAsked === 'false' ? { apiKeys: [], unusedKeys: keys } : { apiKeys: keys, unusedKeys: [] };
}

export function toGatewayConfig(environment: Environment, { root }: ConfigFile): GatewayConfig {
  const { bodyMb, bodiesInFlightMb, ...limits } = strongest([root.limits], DEFAULT_LIMITS);
  return {
    port: environment.PORT,
    host: environment.HOST,
    logLevel: environment.LOG_LEVEL,
    corsOrigins: environment.CORS_ORIGINS,
    ...toKeys(environment),
    isKeyInQuery: environment.API_KEY_IN_QUERY === 'on',
    protectedRoutes: environment.PROTECT ?? [],
    allowedHosts: environment.ALLOWED_HOSTS ?? [],
    // Express would believe every hop of `true`, the first of which a client writes itself.
    trustProxy: environment.TRUST_PROXY === true ? 1 : environment.TRUST_PROXY,
    bodyLimitBytes: Math.floor(bodyMb * MIB_BYTES),
    bodiesInFlightBytes: bodiesInFlightMb * MIB_BYTES,
    ...limits,
    drainGraceMs: toMs(environment.DRAIN_GRACE),
    drainTimeoutMs: toMs(environment.DRAIN_TIMEOUT),
  };
}
