import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ask, questionFor, tokensPerSecond } from './ask.mjs';
import { chooseModels } from './choose-models.mjs';
import { choosePort } from './choose-port.mjs';
import { ensureBuilt } from './ensure-built.mjs';
import { ensureInstalled } from './ensure-installed.mjs';
import { findSource } from './find-source.mjs';
import { GatewayProcess } from './gateway-process.mjs';
import { readEnvFile } from './read-env-file.mjs';
import { curlFor, speedOf } from './show.mjs';
import { UpError } from './up-error.mjs';

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

async function listModels(url, { signal, apiKey }) {
  const headers = apiKey ? { authorization: `Bearer ${apiKey}` } : {};
  const response = await fetch(`${url}/v1/models`, { signal, headers });
  const { data = [] } = await response.json();
  return data.map(({ id }) => id);
}

async function showAnswer(url, source, { routing, gateway }, signal) {
  const access = { signal, apiKey: gateway.apiKeys[0] };
  const failures = [];
  for (const model of chooseModels(source, await listModels(url, access), routing)) {
    const body = questionFor(model, source.kind);
    try {
      const answer = await ask(url, body, access);
      console.log(`\n${curlFor(url, body, Boolean(access.apiKey))}\n`);
      console.log(`${model} says: ${answer.text.trim()}`);
      console.log(`${speedOf(answer, tokensPerSecond(answer))}\n`);
      return;
    } catch (error) {
      signal.throwIfAborted();
      failures.push(`${model}: ${error.message}`);
    }
  }
  console.log(`\nNo model answered the first question. ${failures.join(' ') || 'There is none to ask.'}\n`);
}

/** Runs the service until it ends; it is stopped when the signal is aborted. */
async function serve(root, { port, env, signal }) {
  const configuration = await readConfiguration(root, { ...env, PORT: String(port) });
  const source = await findSource(configuration, signal, env);
  signal.throwIfAborted();
  console.log(`Using ${source.said}.`);
  const gateway = new GatewayProcess(root, {
    ...process.env,
    ...source.env,
    PORT: String(port),
    // Its own messages would bury ours; what is wrong is told all the same.
    LOG_LEVEL: env.LOG_LEVEL || 'error',
  });
  signal.addEventListener('abort', () => gateway.stop(), { once: true });
  const url = `http://localhost:${port}`;
  try {
    await gateway.ready(url, signal);
    await showAnswer(url, source, configuration, signal);
    console.log(`The service runs at ${url} (documentation: ${url}/docs). Ctrl-C ends it.`);
  } catch (error) {
    if (!signal.aborted) gateway.stop();
    await gateway.ended();
    throw error;
  }
  const code = await gateway.ended();
  if (!signal.aborted) throw new UpError(`The service ended by itself (${code}): see its messages above.`);
}

/** Installs, builds, finds a model, serves. Resolves once the signal is aborted and the service has ended. */
export async function runUp(root, signal) {
  const env = readEnvFile(root, process.env);
  const port = await choosePort(env);
  await ensureInstalled(root, signal);
  await ensureBuilt(root, signal);
  await serve(root, { port, env, signal });
}
