import type { ProviderSettings } from '@mana-llm/llm-providers';
import type { Configuration } from './configuration.js';

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address, the parts of it that name the machine, and the password in it. */
function ofAddress(address: string): string[] {
  const { host, hostname, password } = new URL(address);
  // A host name without a port or a dot may be a common word.
  const machine = [host, hostname].filter((name) => /[.:]/.test(name));
  return [address, ...machine, password, decoded(password)];
}

/** `Bearer x` is a secret, and so is `x` alone. */
function ofHeader(value: string): string[] {
  const credentials = /^\S+\s+(\S+)$/.exec(value)?.[1];
  return credentials === undefined ? [value] : [value, credentials];
}

function ofProvider(settings: ProviderSettings): string[] {
  if (settings.kind === 'embedded') return [];
  const { baseUrl, headers } = settings;
  const own = [...ofAddress(baseUrl), ...Object.values(headers).flatMap(ofHeader)];
  if (settings.kind === 'ollama') return own;
  return [...own, ...Object.values(settings.query), ...(settings.apiKey === undefined ? [] : [settings.apiKey])];
}

/** The values of a configuration that no answer and no log may show. */
export function configuredSecrets(configuration: Pick<Configuration, 'gateway' | 'providers' | 'cache'>): string[] {
  const { gateway, providers, cache } = configuration;
  // LM Studio's manual uses the key `lm-studio`. The name of a provider must stay readable.
  const names = new Set(providers.settings.map(({ name }) => name));
  return [
    ...gateway.apiKeys,
    ...gateway.unusedKeys,
    ...providers.settings.flatMap(ofProvider),
    ...(cache.redisUrl === undefined ? [] : ofAddress(cache.redisUrl)),
  ].filter((secret) => !names.has(secret));
}
