import { isJsonObject } from '@mana-llm/openai-api';
import type { Logger } from '@nestjs/common';

/** Writes an event for the operator of the gateway into the log. */
export type LogEvent = (
  level: 'info' | 'warn',
  message: string,
  fields: Readonly<Record<string, string | number>>,
) => void;

export function toLogEvent(logger: Logger): LogEvent {
  return (level, message, fields) => (level === 'warn' ? logger.warn(message, fields) : logger.log(message, fields));
}

const NS_PER_MS = 1_000_000;
/** For a model that is loaded already, `load_duration` is some 20 to 200 ms. */
const NOTED_FROM_MS = 1_000;
/** Requests that waited for the same load see its end at about the same time. */
const SAME_LOAD_MS = 2_000;

const msOf = (ns: unknown): number => (typeof ns === 'number' ? ns / NS_PER_MS : 0);

/** Writes one line for each load of a model, however many requests waited for it. */
export class LoadLog {
  private readonly loadedAtMs = new Map<string, number>();

  constructor(
    private readonly provider: string,
    private readonly log: LogEvent,
  ) {}

  /** To be called with the whole answer or the last line of a stream, as soon as it is there. */
  note(model: string, answer: unknown, nowMs = performance.now()): void {
    if (!isJsonObject(answer)) return;
    const loadMs = msOf(answer['load_duration']);
    if (loadMs < NOTED_FROM_MS) return;
    const loadedAtMs = nowMs - Math.max(0, msOf(answer['total_duration']) - loadMs);
    const lastMs = this.loadedAtMs.get(model) ?? -Infinity;
    if (Math.abs(loadedAtMs - lastMs) < SAME_LOAD_MS) return;
    this.loadedAtMs.set(model, loadedAtMs);
    this.log('info', 'model loaded', { provider: this.provider, model, load_ms: Math.round(loadMs) });
  }
}
