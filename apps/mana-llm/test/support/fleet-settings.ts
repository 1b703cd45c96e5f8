import type { GatewayOptions } from './gateway.js';

/** The configuration file, as data. `${ONE_URL}` is the address of the upstream `one`. */
export interface FleetConfig {
  providers?: Record<string, object>;
  [section: string]: unknown;
}

export interface FleetOptions {
  config?: FleetConfig;
  env?: Record<string, string>;
  /** The upstreams behind `OLLAMA_URL`. None: nobody listens there. */
  ollama?: readonly string[];
}

/** Nobody listens at the discard port. */
export const REFUSED_URL = 'http://127.0.0.1:9';

/** Each test sees its own failures and nothing of the one before. */
export const PLAIN_ROUTING = { retries: 0, breaker: { failures: 1_000_000 } };

/** How a gateway in front of these upstreams is configured. */
export function fleetSettings(urls: Record<string, string>, options: FleetOptions): GatewayOptions {
  const { config = {}, env, ollama = [] } = options;
  const named = Object.entries(urls).map(([name, url]) => [urlVariable(name), url]);
  const endpoints = ollama.map((name) => urls[name] ?? '');
  return {
    // Each test is answered by its own scripts, and not by what another one was told.
    env: {
      ...Object.fromEntries(named),
      CACHE_TTL: '0',
      OLLAMA_URL: endpoints.length === 0 ? REFUSED_URL : endpoints.join(','),
      ...env,
    },
    yaml: fleetYaml(Object.keys(urls), config),
  };
}

/** JSON is YAML too. */
export function fleetYaml(names: readonly string[], { providers, ...rest }: FleetConfig): string {
  const own = names.map((name): [string, object] => [
    name,
    { kind: 'openai-compatible', baseUrl: `\${${urlVariable(name)}}/v1`, ...providers?.[name] },
  ]);
  return JSON.stringify({ routing: PLAIN_ROUTING, ...rest, providers: { ...providers, ...Object.fromEntries(own) } });
}

function urlVariable(name: string): string {
  return `${name.toUpperCase()}_URL`;
}
