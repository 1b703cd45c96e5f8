import { UpstreamError } from '../../errors/upstream-error.js';
import type { OllamaSettings } from '../../provider-settings.js';
import type { UpstreamCall } from '../../transport/upstream-call.js';
import { untilAborted } from '../../call-context.js';
import type { LogEvent } from '../context/load-log.js';
import { modelKey } from '../models/from-ollama-models.js';
import {
  createModelPulls,
  createPullProgressReader,
  modelLoading,
  type ModelPulls,
  pullFailed,
  tooManyPulls,
} from './pull-model.js';

export interface ModelPullerOptions {
  provider: string;
  pulls: ModelPulls;
  log: LogEvent;
  /** The most pulls at the same time; left out: 2. */
  maxPulls?: number;
}

/** A request that waits: the signal that ends its wait, and `end`, which stops its timeouts. */
export type Waiter = Pick<UpstreamCall, 'signal' | 'end'>;

/** More pulls at once would only slow each other down. */
const MAX_PULLS = 2;

function isMissingModel(error: unknown): boolean {
  return error instanceof UpstreamError && error.status === 404 && error.code === 'model_not_found';
}

/** Pulls requested models that the server does not have, in the background: one pull for a model, however many wait for it. */
export class ModelPuller {
  private readonly running = new Map<string, Promise<void>>();
  private readonly pulledAtMs = new Map<string, number>();
  private readonly closing = new AbortController();

  constructor(private readonly options: ModelPullerOptions) {}

  /**
   * Asks; where the model is missing, pulls it and asks again. A caller whose time is over before that gets 503, one that leaves
   * gets the reason of its signal; the pull goes on.
   */
  async withModel<T>(model: string, startWaiting: () => Waiter, ask: () => Promise<T>): Promise<T> {
    const askedAtMs = performance.now();
    try {
      return await ask();
    } catch (error) {
      if (!isMissingModel(error)) throw error;
    }
    // A pull that ended during this request has made the answer outdated.
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
    // All callers may have left by the time it fails.
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
    try {
      await untilAborted(pulled, signal);
    } catch (error) {
      throw error === signal.reason ? modelLoading(this.options.provider, model, signal.reason as Error) : error;
    } finally {
      waiter.end();
    }
  }
}

/** Undefined where the configuration allows no pull. */
export function createModelPuller(settings: OllamaSettings, log: LogEvent): ModelPuller | undefined {
  if (settings.pull === 'never') return undefined;
  const { name: provider, baseUrl, headers, timeouts, answerLimits } = settings;
  const limits = answerLimits === undefined ? {} : { answerLimits };
  const pulls = createModelPulls({ provider, baseUrl, headers, timeouts, ...limits });
  return new ModelPuller({ provider, pulls, log });
}
