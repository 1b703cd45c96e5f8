import { availableParallelism } from 'node:os';
import { type EmbeddedModel, type EmbeddedRuntime, toEmbeddedFailure } from './embedded-model.js';
import { llamaLibrary } from './llama-library.js';
import { LlamaModel } from './llama-model.js';
import { modelAddress, modelCacheFolder, requireReachable } from './model-file.js';

/** Runs models with node-llama-cpp on the processor. For a GPU, use Ollama. */
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
      // No progress bar in a log file.
      cli: process.stdout.isTTY === true,
      onProgress: ({ downloadedSize, totalSize }) => onProgress(totalSize > 0 ? downloadedSize / totalSize : 0),
    });
  }

  async load(file: string, options: { sequences: number }): Promise<EmbeddedModel> {
    const library = await llamaLibrary(this.provider);
    // With the library's default, an answer on two cores took eighty times as long.
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
      const message = `${this.provider} could not load its model. Set EMBEDDED_MODEL to a GGUF file that llama.cpp supports.`;
      throw toEmbeddedFailure(error, { provider: this.provider, kind: 'connection_failed', message });
    }
  }
}
