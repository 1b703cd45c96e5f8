import { randomUUID } from 'node:crypto';
import { ExactInteger, type JsonObject } from '@mana-llm/openai-api';

/** Past the year 5000 as seconds: such a number counts milliseconds, or a smaller unit. */
const MAX_SECONDS = 1e11;

/** A point in time as whole Unix seconds; undefined for what is none. Some servers count milliseconds or less. */
export function toUnixSeconds(value: unknown): number | undefined {
  let seconds = Number(value instanceof ExactInteger || typeof value === 'number' ? value : NaN);
  if (!Number.isFinite(seconds) || seconds <= 0) return undefined;
  while (seconds >= MAX_SECONDS) seconds /= 1000;
  return Math.floor(seconds);
}

/** `id` and `created` of one answer: the upstream's first real values, else ours. `created` is in Unix seconds. */
export class AnswerIdentity {
  private upstreamId: string | undefined;
  private upstreamCreated: number | undefined;
  private fixed: { id: string; created: number } | undefined;

  learn(raw: JsonObject): void {
    const { id, created } = raw;
    if (typeof id === 'string' && id !== '') this.upstreamId ??= id;
    this.upstreamCreated ??= toUnixSeconds(created);
  }

  /** The same values from the first call on, whatever the upstream says later. */
  get(): { id: string; created: number } {
    this.fixed ??= {
      id: this.upstreamId ?? `chatcmpl-${randomUUID()}`,
      created: this.upstreamCreated ?? Math.floor(Date.now() / 1000),
    };
    return this.fixed;
  }
}
