import { isJsonObject } from '@mana-llm/openai-api';
import type { LogEvent } from './log-event.js';

const NS_PER_MS = 1_000_000;
/** A model that is loaded already takes Ollama some 20 to 200 ms of `load_duration`. */
const NOTED_FROM_MS = 1_000;
/** Requests that waited for the same loading saw its end at about the same time. */
const SAME_LOADING_MS = 2_000;

const msOf = (ns: unknown): number => (typeof ns === 'number' ? ns / NS_PER_MS : 0);

/** One line for each time that a model was loaded, however many requests waited for it. */
export class LoadLog {
  private readonly loadedAtMs = new Map<string, number>();

  constructor(
    private readonly provider: string,
    private readonly log: LogEvent,
  ) {}

  /** `answer` is the whole answer or the last line of a stream, as soon as it has come. */
  note(model: string, answer: unknown, nowMs = performance.now()): void {
    if (!isJsonObject(answer)) return;
    const loadMs = msOf(answer['load_duration']);
    if (loadMs < NOTED_FROM_MS) return;
    const loadedAtMs = nowMs - Math.max(0, msOf(answer['total_duration']) - loadMs);
    const lastMs = this.loadedAtMs.get(model) ?? -Infinity;
    if (Math.abs(loadedAtMs - lastMs) < SAME_LOADING_MS) return;
    this.loadedAtMs.set(model, loadedAtMs);
    this.log('info', 'model loaded', { provider: this.provider, model, load_ms: Math.round(loadMs) });
  }
}
