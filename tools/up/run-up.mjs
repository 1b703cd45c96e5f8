import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ask, questionFor, tokensPerSecond } from './ask.mjs';
import { chooseModels } from './choose-models.mjs';
import { choosePort } from './choose-port.mjs';
import { ensureBuilt } from './ensure-built.mjs';
import { ensureInstalled } from './ensure-installed.mjs';
import { findSource } from './find-source.mjs';
import { listModels } from './list-models.mjs';
import { readEnvFile } from './read-env-file.mjs';
import { ServiceProcess } from './service-process.mjs';
import { curlFor, showWaiting, speedOf } from './show.mjs';
import { UpError } from './up-error.mjs';

const WARNINGS = 'dist/apps/mana-llm/src/config/settings/warnings.js';
const LOAD_CONFIGURATION = 'dist/apps/mana-llm/src/config/load-configuration.js';

/** The service's own reading of environment and file, so that "configured" means the same here as there. */
async function readConfiguration(root, env) {
  const { loadConfiguration } = await import(pathToFileURL(join(root, LOAD_CONFIGURATION)).href);
  try {
    return loadConfiguration(env);
  } catch (error) {
    throw error.name === 'ConfigurationError' ? new UpError(error.message) : error;
  }
}

async function showWarnings(root, { warnings, gateway }) {
  const { warnOfOpenAccess } = await import(pathToFileURL(join(root, WARNINGS)).href);
  for (const warning of [...warnings, ...warnOfOpenAccess(gateway)]) console.log(warning);
}

/** Says that the model is loaded until the first word comes, and then what it says, as it comes. */
async function askAloud(url, body, { kind, signal, apiKey }) {
  const stopWaiting = showWaiting(kind === 'providers' ? 'Waiting for the answer' : 'Loading the model');
  let isFirst = true;
  const onText = (text) => {
    if (isFirst) {
      stopWaiting();
      process.stdout.write(`${body.model} says: `);
    }
    process.stdout.write(isFirst ? text.trimStart() : text);
    isFirst = false;
  };
  try {
    return await ask(url, body, { signal, apiKey, onText });
  } finally {
    stopWaiting();
  }
}

/** Asks one model after the other until one answers, and returns its name. */
async function showAnswer(url, { models, kind, apiKey }, signal) {
  for (const model of models) {
    const body = questionFor(model, kind);
    try {
      console.log(`\n${curlFor(url, body, Boolean(apiKey))}\n`);
      const answer = await askAloud(url, body, { kind, signal, apiKey });
      console.log(`\n${speedOf(answer, tokensPerSecond(answer))}\n`);
      return model;
    } catch (error) {
      signal.throwIfAborted();
      console.log(`${model} did not answer: ${error.message}`);
    }
  }
  console.log(`\nNo model answered the first question.${models.length > 0 ? '' : ' There is none to ask.'}\n`);
  return undefined;
}

/** Starts the service with the model of requests that name none; undefined: its configuration says which. */
async function startGateway(root, { url, env, defaultModel, signal }) {
  const own = defaultModel === undefined ? {} : { DEFAULT_MODEL: defaultModel };
  const gateway = new ServiceProcess(root, { ...env, ...own });
  const stop = () => gateway.stop();
  signal.addEventListener('abort', stop, { once: true });
  void gateway.ended().then(() => signal.removeEventListener('abort', stop));
  try {
    await gateway.ready(url, signal);
    return gateway;
  } catch (error) {
    if (!signal.aborted) gateway.stop();
    await gateway.ended();
    throw error;
  }
}

/** Starts the service and shows its first answer. What answers is what requests without a model get, too. */
async function startAndAsk(root, { models, kind, apiKey, isDefaultNamed, ...start }) {
  const [first] = models;
  const gateway = await startGateway(root, { ...start, defaultModel: isDefaultNamed ? undefined : first });
  try {
    const answering = await showAnswer(start.url, { models, kind, apiKey }, start.signal);
    if (isDefaultNamed || answering === undefined || answering === first) return gateway;
    gateway.stop();
    await gateway.ended();
    return await startGateway(root, { ...start, defaultModel: answering });
  } catch (error) {
    if (!start.signal.aborted) gateway.stop();
    await gateway.ended();
    throw error;
  }
}

/** Runs the service until it ends; it is stopped when the signal is aborted. */
async function serve(root, { port, env, signal, onRunning }) {
  const configuration = await readConfiguration(root, { ...env, PORT: String(port) });
  const { providers, routing, gateway: access } = configuration;
  // Its log tells them too, where it tells as much.
  if (!env.LOG_LEVEL) await showWarnings(root, configuration);
  const source = await findSource(
    { providers },
    { signal, env, listModels: (own) => listModels(root, own, { signal, env }) },
  );
  signal.throwIfAborted();
  for (const note of source.notes) console.log(note);
  console.log(`Using ${source.said}.`);
  const models = chooseModels(source, routing);
  const url = `http://localhost:${port}`;
  const gateway = await startAndAsk(root, {
    ...{ url, signal, models, kind: source.kind, apiKey: access.apiKeys[0], isDefaultNamed: routing.isDefaultNamed },
    env: {
      ...process.env,
      ...source.env,
      PORT: String(port),
      // Its own messages would bury ours; what is wrong is told all the same.
      LOG_LEVEL: env.LOG_LEVEL || 'error',
    },
  });
  console.log(`The service runs at ${url} (documentation: ${url}/docs). Ctrl-C ends it.`);
  await onRunning?.({ url, apiKey: access.apiKeys[0] });
  const code = await gateway.ended();
  if (!signal.aborted) throw new UpError(`The service ended by itself (${code}): see its messages above.`);
}

/**
 * Installs, builds, finds a model, serves. Resolves once the signal is aborted and the service has ended.
 * @param {(service: { url: string, apiKey?: string }) => unknown} [onRunning] called when the service answers
 */
export async function runUp(root, signal, onRunning) {
  const env = readEnvFile(root, process.env);
  const port = await choosePort(env);
  await ensureInstalled(root, signal);
  await ensureBuilt(root, signal);
  await serve(root, { port, env, signal, onRunning });
}
