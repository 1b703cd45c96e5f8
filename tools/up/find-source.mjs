import { defaultModel, fetchNamedModel } from './default-model.mjs';

const OLLAMA_TIMEOUT_MS = 2_000;
const NO_CHAT = /embed|whisper|tts|audio|speech|transcri|image|dall-e|sora|veo|moderation|guard|rerank|realtime|bge-/i;

/** The names of models for something else than chat say so. */
export function isChatName(name) {
  return !NO_CHAT.test(name);
}

/**
 * Ollama's own list tells what a model can do; older servers do not say.
 * @param {{ name: string, capabilities?: string[] }} model
 */
export function isChatModel({ name, capabilities }) {
  return Array.isArray(capabilities) ? capabilities.includes('completion') : isChatName(name);
}

async function ollamaChatModels(baseUrl, signal) {
  try {
    const timeout = AbortSignal.timeout(OLLAMA_TIMEOUT_MS);
    const response = await fetch(`${baseUrl}/api/tags`, { signal: AbortSignal.any([signal, timeout]) });
    const { models = [] } = await response.json();
    return models.filter(isChatModel).map(({ name }) => name);
  } catch {
    signal.throwIfAborted();
    return [];
  }
}

/** The first Ollama with models, by those of its hosts that have some. */
async function findOllama(settings, signal) {
  const asked = settings
    .filter(({ kind }) => kind === 'ollama')
    .map(async ({ name, baseUrl }) => ({ name, baseUrl, models: await ollamaChatModels(baseUrl, signal) }));
  const hosts = (await Promise.all(asked)).filter(({ models }) => models.length > 0);
  if (hosts.length === 0) return undefined;
  const [{ name }] = hosts;
  const own = hosts.filter((host) => host.name === name);
  const models = new Set(own.flatMap((host) => host.models));
  return { baseUrls: own.map(({ baseUrl }) => baseUrl), models: [...models].map((model) => `${name}/${model}`) };
}

/** The embedded model that is configured, else the one that is here or can be fetched. */
async function findEmbedded(settings, { signal, env, listModels }) {
  const configured = settings.find(({ kind }) => kind === 'embedded');
  if (configured) await fetchNamedModel(configured.model, signal);
  const model = configured?.model ?? (await defaultModel(signal, env));
  const embedded = configured ?? { kind: 'embedded', name: 'embedded', model };
  return {
    kind: 'embedded',
    models: await listModels([embedded]),
    said: `the embedded model ${model}`,
    env: configured ? {} : { EMBEDDED_MODEL: model },
  };
}

/**
 * Where answers are to come from: providers that are configured, else an Ollama that answers, else the embedded model.
 * `said` tells the user which, `env` is what the service needs for it, `models` what it has.
 */
export async function findSource({ providers: { settings } }, { signal, env, listModels }) {
  const clouds = settings.filter(({ kind }) => kind === 'openai-compatible');
  if (clouds.length > 0) {
    const said = `the configured ${clouds.map(({ name }) => name).join(', ')}`;
    return { kind: 'providers', models: await listModels(clouds), said, env: {} };
  }
  const ollama = await findOllama(settings, signal);
  if (ollama === undefined) return findEmbedded(settings, { signal, env, listModels });
  const said = `Ollama at ${ollama.baseUrls.join(', ')} (${ollama.models.length} chat models)`;
  return { kind: 'ollama', models: ollama.models, said, env: {} };
}
