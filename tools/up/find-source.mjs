import { defaultModel, fetchNamedModel } from './default-model.mjs';
import { hostOf } from './list-models.mjs';
import { UpError } from './up-error.mjs';

const OLLAMA_TIMEOUT_MS = 2_000;
const DEFAULT_OLLAMA_HOST = 'localhost:11434';
const SMALL_MODEL = 'gemma3:4b';
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

const isElsewhere = ({ kind, baseUrl }) => kind === 'ollama' && hostOf(baseUrl) !== DEFAULT_OLLAMA_HOST;

/** What one host of Ollama has, or why it is not used. */
async function askOllama({ name, baseUrl }, signal) {
  const host = hostOf(baseUrl);
  try {
    const timeout = AbortSignal.timeout(OLLAMA_TIMEOUT_MS);
    const response = await fetch(`${baseUrl}/api/tags`, { signal: AbortSignal.any([signal, timeout]) });
    const { models = [] } = response.ok ? await response.json() : {};
    const names = models.filter(isChatModel).map(({ name: model }) => model);
    if (names.length > 0) return { name, host, models: names };
    if (response.ok) return { host, models: [], why: `has no models for chat: ollama pull ${SMALL_MODEL}` };
    const advice = /\/v1$/.test(baseUrl) ? 'leave out /v1' : 'is it an Ollama?';
    return { host, models: [], why: `answers ${response.status} for /api/tags: ${advice}` };
  } catch (error) {
    signal.throwIfAborted();
    const code = error.cause?.code ?? (error.name === 'TimeoutError' ? 'no answer' : error.name);
    return { host, models: [], why: `cannot be reached (${code})`, isAbsent: true };
  }
}

/** The first Ollama with models, by those of its hosts that have some; `notes` say why others are not used. */
async function findOllama(settings, isNamed, signal) {
  const own = settings.filter(({ kind }) => kind === 'ollama');
  const hosts = await Promise.all(own.map((one) => askOllama(one, signal)));
  const notes = hosts
    .filter(({ why, isAbsent }) => why !== undefined && (isNamed || !isAbsent))
    .map(({ host, why }) => `Ollama at ${host} ${why}.`);
  const [first] = hosts.filter(({ models }) => models.length > 0);
  if (first === undefined) return { notes };
  const used = hosts.filter(({ name }) => name === first.name);
  const models = [...new Set(used.flatMap((host) => host.models))];
  const said = `Ollama at ${used.map(({ host }) => host).join(', ')} (${models.length} chat models)`;
  return { notes, source: { kind: 'ollama', models: models.map((model) => `${first.name}/${model}`), said, env: {} } };
}

/** The embedded model that is configured, else the one that is here or can be fetched. */
async function findEmbedded(configured, { signal, env, listModels }) {
  if (configured) await fetchNamedModel(configured.model, signal);
  const model = configured?.model ?? (await defaultModel(signal, env));
  const { models, causes } = await listModels([configured ?? { kind: 'embedded', name: 'embedded', model }]);
  if (models.length === 0) throw new UpError(causes.join('\n'));
  const own = configured ? {} : { EMBEDDED_MODEL: model };
  return { kind: 'embedded', models, said: `the embedded model ${model}`, env: own };
}

/**
 * Where answers are to come from: providers that are configured, else an Ollama that answers, else the embedded model.
 * `said` tells the user which, `env` is what the service needs for it, `models` what it has, `notes` why others are not used.
 * Where somebody has named a provider, and none answers, nothing is fetched in its place.
 */
export async function findSource({ providers: { settings } }, { signal, env, listModels }) {
  const clouds = settings.filter(({ kind }) => kind === 'openai-compatible');
  const { models, causes } = clouds.length > 0 ? await listModels(clouds) : { models: [], causes: [] };
  if (models.length > 0) {
    const said = `the configured ${[...new Set(models.map((id) => id.split('/', 1)[0]))].join(', ')}`;
    return { kind: 'providers', models, said, env: {}, notes: causes };
  }
  const isNamed = Boolean(env.OLLAMA_URL || env.OLLAMA_HOST) || settings.some(isElsewhere);
  const { source, notes } = await findOllama(settings, isNamed, signal);
  if (source !== undefined) return { ...source, notes: [...causes, ...notes] };
  const embedded = settings.find(({ kind }) => kind === 'embedded');
  if (clouds.length > 0 && embedded === undefined) {
    const all = [...causes, ...notes].join('\n') || 'The configured providers list no models.';
    throw new UpError(
      `${all}\nNo provider can answer. Mend this or leave the provider out, then run "npm run up" again.`,
    );
  }
  return { ...(await findEmbedded(embedded, { signal, env, listModels })), notes: [...causes, ...notes] };
}
