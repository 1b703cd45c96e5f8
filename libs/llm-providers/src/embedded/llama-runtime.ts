import { availableParallelism } from 'node:os';
import { toEmbeddedFailure } from './to-embedded-failure.js';
import type { EmbeddedModel, EmbeddedRuntime } from './embedded-model.js';
import { llamaLibrary } from './llama-library.js';
import { LlamaModel } from './llama-model.js';
import { modelAddress } from './model-address.js';
import { modelCacheFolder } from './model-cache-folder.js';
import { requireReachable } from './require-reachable.js';

/** Runs models with node-llama-cpp, on the processor: GPUs are Ollama's business. */
export class LlamaRuntime implements EmbeddedRuntime {
  constructor(private readonly provider: string) {}

  async fetchFile(uri: string, onProgress: (fraction: number) => void): Promise<string> {
    const { resolveModelFile } = await llamaLibrary(this.provider);
    const directory = modelCacheFolder();
    const fetched = await resolveModelFile(uri, { directory, download: false }).catch(() => undefined);
    if (fetched !== undefined) return fetched;
    await requireReachable(modelAddress(uri));
    return resolveModelFile(uri, {
      directory,
      // A progress bar in a log file would be noise.
      cli: process.stdout.isTTY === true,
      onProgress: ({ downloadedSize, totalSize }) => onProgress(totalSize > 0 ? downloadedSize / totalSize : 0),
    });
  }

  async load(file: string, options: { sequences: number }): Promise<EmbeddedModel> {
    const library = await llamaLibrary(this.provider);
    // With the library's own default, an answer on two cores took eighty times as long.
    const threads = availableParallelism();
    try {
      const llama = await library.getLlama({
        gpu: false,
        build: 'never',
        maxThreads: threads,
        logLevel: library.LlamaLogLevel.error,
        progressLogs: false,
      });
      const model = await llama.loadModel({ modelPath: file, gpuLayers: 0 });
      return new LlamaModel(library, model, { threads, sequences: options.sequences });
    } catch (error) {
      const message = `${this.provider} could not load its model. Set EMBEDDED_MODEL to a GGUF file that llama.cpp knows.`;
      throw toEmbeddedFailure(error, { provider: this.provider, kind: 'connection_failed', message });
    }
  }
}
