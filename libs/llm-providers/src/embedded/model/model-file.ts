import { access, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { UpstreamError } from '../../errors/upstream-error.js';
import { LazyValue } from '../../sharing/single-flight.js';
import { type EmbeddedRuntime, toEmbeddedFailure } from './embedded-model.js';
import { isModelUri } from './model-source.js';

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
