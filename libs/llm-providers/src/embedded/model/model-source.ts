import { homedir } from 'node:os';
import { basename, join } from 'node:path';

/** True for a URI whose file is fetched, false for a path. The schemes are those of node-llama-cpp. */
export function isModelUri(source: string): boolean {
  return /^(hf|huggingface|https?):/i.test(source);
}

/**
 * The model's name: its file's name without `.gguf`. node-llama-cpp puts `hf_<user>_` before the names of files from Hugging
 * Face; this is removed.
 */
export function modelName(file: string, source: string): string {
  const name = basename(file).replace(/\.gguf$/i, '');
  const user = /^(?:hf|huggingface):([^/]+)\//i.exec(source)?.[1];
  const prefix = `hf_${user}_`;
  return user !== undefined && name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

const DEFAULT_HUB = 'https://huggingface.co';

/**
 * The web address of a model's URI: of the file, or of the repository where the URI names no file. `HF_ENDPOINT` and
 * `MODEL_ENDPOINT` replace the hub, as in node-llama-cpp.
 */
export function modelAddress(uri: string, env: NodeJS.ProcessEnv = process.env): string {
  const match = /^(?:hf|huggingface):(?:\/\/)?([^/]+\/[^/:#]+)(?:\/([^#]+))?/i.exec(uri);
  if (match === null) return uri;
  const [, repository, file] = match;
  const hub = (env['HF_ENDPOINT'] || env['MODEL_ENDPOINT'] || DEFAULT_HUB).replace(/\/+$/, '');
  if (file === undefined) return `${hub}/${repository}`;
  const branch = uri.split('#')[1] || 'main';
  return `${hub}/${repository}/resolve/${branch}/${file}`;
}

/** Where fetched models are stored, by the XDG base directory specification. */
export function modelCacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const cache = env['XDG_CACHE_HOME'];
  return join(cache !== undefined && cache !== '' ? cache : join(homedir(), '.cache'), 'mana-llm', 'models');
}

const TIMEOUT_MS = 5_000;

/** Rejects within seconds where the address gives no file. node-llama-cpp would retry without end. */
export async function requireReachable(address: string): Promise<void> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const { host } = new URL(address);
  const response = await fetch(address, { method: 'HEAD', redirect: 'manual', signal }).catch((cause: unknown) => {
    throw new Error(`${host} cannot be reached`, { cause });
  });
  if (response.status >= 400) throw new Error(`${host} answers ${response.status} for ${address}`);
}
