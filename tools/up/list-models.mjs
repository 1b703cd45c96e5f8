import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const PROVIDERS = 'dist/libs/llm-providers/src/index.js';
const TIMEOUT_MS = 5_000;
const DEFAULT_PORTS = { 'http:': '80', 'https:': '443' };

/** Host and port of an address, and nothing more of it: paths and queries may hold secrets. */
export function hostOf(baseUrl) {
  const { hostname, port, protocol } = new URL(baseUrl);
  return `${hostname}:${port || DEFAULT_PORTS[protocol]}`;
}

/**
 * Why a provider does not list its models, in one line for the operator's terminal.
 * @param {{ name: string, baseUrl?: string, apiKey?: string }} settings
 * @param {Error & { kind?: string, status?: number }} error an `UpstreamError`, or the reason of the timeout
 * @param {string | undefined} keyVariable the variable that holds the key of a known provider
 */
export function causeOf({ name, baseUrl }, error, keyVariable) {
  if (error.status === 401 || error.status === 403)
    return `${name} refused ${keyVariable ? `the key in ${keyVariable}` : 'its key'}.`;
  const host = baseUrl === undefined ? '' : hostOf(baseUrl);
  if (error.name === 'TimeoutError') return `${name} did not answer within ${TIMEOUT_MS / 1000} s (${host}).`;
  const [, code] = /could not be reached \((.+?)\)/.exec(error.message) ?? [];
  if (code !== undefined) return `${name} could not be reached (${code} ${host}).`;
  return error.kind === 'timeout' ? `${error.message.replace(/\.$/, '')} (${host}).` : `${name}: ${error.message}`;
}

/** The models of the providers with these settings, asked as the service asks, and why one has none to give. */
export async function listModels(root, settings, { signal, env }) {
  const { createProvider, KNOWN_PROVIDERS } = await import(pathToFileURL(join(root, PROVIDERS)).href);
  const answers = settings.map(async (own) => {
    const provider = createProvider(own);
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    try {
      return { models: await provider.listModels({ signal: AbortSignal.any([signal, timeout]), requestId: 'up' }) };
    } catch (error) {
      signal.throwIfAborted();
      const { keyVariable } = KNOWN_PROVIDERS.find(({ name }) => name === own.name) ?? {};
      return {
        models: [],
        cause: causeOf(own, error, env[keyVariable]?.trim() === own.apiKey ? keyVariable : undefined),
      };
    } finally {
      await provider.close?.();
    }
  });
  const all = await Promise.all(answers);
  return {
    models: all.flatMap(({ models }) => models.map(({ id }) => id)),
    causes: all.flatMap(({ cause }) => cause ?? []),
  };
}
