import { homedir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { access, stat } from 'node:fs/promises';
import { UpstreamError } from '../../errors/upstream-error.js';
import { LazyValue } from '../../sharing/single-flight.js';
import { type EmbeddedRuntime, toEmbeddedFailure } from './embedded-model.js';

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

/** The GGUF file of one model: a local one, or one that the first caller's request fetches. */
export class ModelFile {
  private readonly fetched = new LazyValue(() => this.fetch());
  private fetchedFraction: number | undefined;

  constructor(
    private readonly source: string,
    private readonly provider: string,
    private readonly runtime: EmbeddedRuntime,
  ) {}

  /** The part that has been fetched, from 0 to 1; undefined where no fetch runs. */
  get progress(): number | undefined {
    return this.fetchedFraction;
  }

  /** The path. Callers share one fetch; after a failure the next call tries again. */
  locate(): Promise<string> {
    return isModelUri(this.source) ? this.fetched.get() : this.localFile();
  }

  async createdAtSeconds(): Promise<number> {
    const { mtimeMs } = await stat(await this.locate());
    return Math.floor(mtimeMs / 1000);
  }

  private async localFile(): Promise<string> {
    const file = resolve(this.source);
    try {
      await access(file);
    } catch (error) {
      const message = `${this.provider} has no model: EMBEDDED_MODEL names the file ${basename(file)}, which does not exist.`;
      throw this.failure(error, message);
    }
    return file;
  }

  private async fetch(): Promise<string> {
    try {
      return await this.runtime.fetchFile(this.source, (fraction) => {
        this.fetchedFraction = fraction;
      });
    } catch (error) {
      throw this.failure(
        error,
        `${this.provider} could not fetch its model. Check the network and EMBEDDED_MODEL, or set it to the path of a GGUF file.`,
      );
    } finally {
      this.fetchedFraction = undefined;
    }
  }

  private failure(error: unknown, message: string): Error {
    if (error instanceof UpstreamError) return error;
    return toEmbeddedFailure(error, { provider: this.provider, kind: 'connection_failed', message });
  }
}
