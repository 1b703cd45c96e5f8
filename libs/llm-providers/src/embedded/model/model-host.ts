import { UpstreamError } from '../../errors/upstream-error.js';
import type { EmbeddedSettings } from '../../provider-settings.js';
import { LazyValue } from '../../sharing/single-flight.js';
import { untilAborted } from '../../call-context.js';
import type { EmbeddingInput } from '../generation/embeddings.js';
import {
  type EmbeddedModel,
  type EmbeddedRuntime,
  type EmbeddedVector,
  type Generation,
  type GenerationEnd,
  type TextPiece,
  toEmbeddedFailure,
} from './embedded-model.js';
import { ModelFile, modelName } from './model-file.js';
import { SlotQueue } from './slot-queue.js';

/** Two answers at once share each pass through the weights; more answers would all be slow. */
const SEQUENCES = 2;
/** Enough for one request with the largest `n`. */
const MAX_WAITING = 128;

/** The one model of the embedded provider: found, loaded on first use, and shared by its callers. */
export class ModelHost {
  private readonly provider: string;
  private readonly file: ModelFile;
  private readonly generations: SlotQueue;
  private readonly embeddings: SlotQueue;
  private readonly loaded: LazyValue<EmbeddedModel>;

  constructor(
    private readonly settings: EmbeddedSettings,
    runtime: EmbeddedRuntime,
  ) {
    this.provider = settings.name;
    this.file = new ModelFile(settings.model, settings.name, runtime);
    this.loaded = new LazyValue(async () => runtime.load(await this.file.locate(), { sequences: SEQUENCES }));
    this.generations = new SlotQueue({ provider: settings.name, slots: SEQUENCES, maxWaiting: MAX_WAITING });
    this.embeddings = new SlotQueue({ provider: settings.name, slots: 1, maxWaiting: MAX_WAITING });
  }

  async describe(): Promise<{ name: string; created: number }> {
    return { name: await this.modelName(), created: await this.file.createdAtSeconds() };
  }

  /** Resolves when the model's file is there. While it is being fetched, rejects with the progress. */
  async check(): Promise<void> {
    const { progress } = this.file;
    if (progress === undefined) return void (await this.file.locate());
    const percent = Math.floor(progress * 100);
    throw new UpstreamError(`${this.provider} is fetching its model: ${percent} % so far.`, {
      provider: this.provider,
      kind: 'connection_failed',
    });
  }

  async requireModel(model: string, signal: AbortSignal): Promise<void> {
    const name = await untilAborted(this.modelName(), signal);
    if (model === name) return;
    throw new UpstreamError(`${this.provider} has only the model ${name}, not ${model}.`, {
      provider: this.provider,
      kind: 'refused',
      status: 404,
      code: 'model_not_found',
      param: 'model',
    });
  }

  generate(generation: Generation, signal: AbortSignal, onText: (piece: TextPiece) => void): Promise<GenerationEnd> {
    return this.generations.run(signal, () =>
      this.use(signal, (model) => model.generate(generation, { signal, onText }), 'could not finish its answer.'),
    );
  }

  embed(inputs: EmbeddingInput[], signal: AbortSignal): Promise<EmbeddedVector[]> {
    return this.embeddings.run(signal, () =>
      this.use(signal, (model) => embedInOrder(model, inputs, signal), 'could not make the embeddings.'),
    );
  }

  async close(): Promise<void> {
    const model = await this.loaded.peek()?.catch(() => undefined);
    await model?.dispose();
  }

  private async modelName(): Promise<string> {
    return modelName(await this.file.locate(), this.settings.model);
  }

  private async use<T>(signal: AbortSignal, work: (model: EmbeddedModel) => Promise<T>, failure: string): Promise<T> {
    const model = await untilAborted(this.loaded.get(), signal);
    try {
      return await work(model);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const { provider } = this;
      throw toEmbeddedFailure(error, { provider, kind: 'bad_response', message: `${provider} ${failure}` });
    }
  }
}

async function embedInOrder(
  model: EmbeddedModel,
  inputs: EmbeddingInput[],
  signal: AbortSignal,
): Promise<EmbeddedVector[]> {
  const vectors: EmbeddedVector[] = [];
  for (const { value, param } of inputs) {
    signal.throwIfAborted();
    vectors.push(await model.embed(value, { signal, param }));
  }
  return vectors;
}
