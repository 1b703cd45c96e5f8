import { UpstreamError } from '../errors/upstream-error.js';
import type { UpstreamCall } from '../transport/upstream-call.js';
import type { LogEvent } from './log-event.js';
import { modelKey } from './ollama-model-info.js';
import type { ModelPulls } from './pull-model.js';
import { createPullProgressReader } from './pull-progress.js';
import { modelLoading, pullFailed, tooManyPulls } from './pull-errors.js';

export interface ModelPullerOptions {
  provider: string;
  pulls: ModelPulls;
  log: LogEvent;
  /** Pulls at once, of different models; left out: 2. */
  maxPulls?: number;
}

/** One that waits: its clocks, and the signal that stops it. */
export type Waiter = Pick<UpstreamCall, 'signal' | 'end'>;

/** More would only slow each other down on one line to the registry. */
const MAX_PULLS = 2;

function isMissingModel(error: unknown): boolean {
  return error instanceof UpstreamError && error.status === 404 && error.code === 'model_not_found';
}

/** Pulls models that are asked for and not there, in the background: one pull for a model, whoever waits for it. */
export class ModelPuller {
  private readonly running = new Map<string, Promise<void>>();
  private readonly pulledAtMs = new Map<string, number>();
  private readonly closing = new AbortController();

  constructor(private readonly options: ModelPullerOptions) {}

  /**
   * Asks, and where the model is not there asks again once it has been pulled. Whoever does not want to wait as long gets
   * 503 or the reason of its signal; the pull goes on.
   */
  async withModel<T>(model: string, startWaiting: () => Waiter, ask: () => Promise<T>): Promise<T> {
    const askedAtMs = performance.now();
    try {
      return await ask();
    } catch (error) {
      if (!isMissingModel(error)) throw error;
    }
    // A pull that ended while this was asked has made the answer an old one.
    const hasCome = (this.pulledAtMs.get(modelKey(model)) ?? -Infinity) >= askedAtMs;
    if (!hasCome) await this.waitFor(this.pullOnce(model), model, startWaiting());
    return ask();
  }

  async close(): Promise<void> {
    this.closing.abort(new Error('the gateway is stopping'));
    await this.options.pulls.close();
  }

  private pullOnce(model: string): Promise<void> {
    const key = modelKey(model);
    const running = this.running.get(key);
    if (running !== undefined) return running;
    const { provider, maxPulls = MAX_PULLS } = this.options;
    if (this.running.size >= maxPulls) throw tooManyPulls(provider, model);
    const pulled = this.pull(model).finally(() => this.running.delete(key));
    // All who waited may have left by the time it fails.
    pulled.catch(() => undefined);
    this.running.set(key, pulled);
    return pulled;
  }

  private async pull(model: string): Promise<void> {
    const { provider, pulls, log } = this.options;
    const startedAtMs = performance.now();
    const readProgress = createPullProgressReader();
    log('info', 'model pull started', { provider, model });
    try {
      await pulls.pull(model, this.closing.signal, (line) => {
        const progress = readProgress(line);
        if (progress === undefined) return;
        log('info', 'model pull', { provider, model, percent: progress.percent, total_bytes: progress.totalBytes });
      });
    } catch (error) {
      const failure = pullFailed(provider, model, error);
      log('warn', 'model pull failed', { provider, model, reason: failure.message });
      throw failure;
    }
    this.pulledAtMs.set(modelKey(model), performance.now());
    const seconds = Math.round((performance.now() - startedAtMs) / 1000);
    log('info', 'model pull done', { provider, model, seconds });
  }

  private async waitFor(pulled: Promise<void>, model: string, waiter: Waiter): Promise<void> {
    const { signal } = waiter;
    let giveUp = (): void => undefined;
    const gaveUp = new Promise<never>((_, reject) => {
      giveUp = () => reject(modelLoading(this.options.provider, model, signal.reason as Error));
      if (signal.aborted) giveUp();
      else signal.addEventListener('abort', giveUp, { once: true });
    });
    try {
      await Promise.race([pulled, gaveUp]);
    } finally {
      signal.removeEventListener('abort', giveUp);
      waiter.end();
    }
  }
}
