import { access, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { UpstreamError } from '../errors/upstream-error.js';
import { toEmbeddedFailure } from './to-embedded-failure.js';
import type { EmbeddedRuntime } from './embedded-model.js';
import { isModelUri } from './model-name.js';
import { SharedTask } from './shared-task.js';

/** The GGUF file of one model: there already, or fetched once by whoever needs it first. */
export class ModelFile {
  private readonly fetched = new SharedTask(() => this.fetch());
  private fetchedFraction: number | undefined;

  constructor(
    private readonly source: string,
    private readonly provider: string,
    private readonly runtime: EmbeddedRuntime,
  ) {}

  /** Undefined unless the file is being fetched: then how much of it is here, from 0 to 1. */
  get progress(): number | undefined {
    return this.fetchedFraction;
  }

  /** The path. Calls share one fetch; a failed one is forgotten, so that the next call tries again. */
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
      const message = `${this.provider} has no model: there is no file ${basename(file)} where EMBEDDED_MODEL points to.`;
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
