import { randomUUID } from 'node:crypto';
import type { JsonObject } from '@mana-llm/openai-api';

/** `id` and `created` of one answer: the upstream's first real values, else ours. `created` is in Unix seconds. */
export class AnswerIdentity {
  private upstreamId: string | undefined;
  private upstreamCreated: number | undefined;
  private fixed: { id: string; created: number } | undefined;

  learn(raw: JsonObject): void {
    const { id, created } = raw;
    if (typeof id === 'string' && id !== '') this.upstreamId ??= id;
    if (typeof created === 'number' && Number.isFinite(created) && created > 0)
      this.upstreamCreated ??= Math.floor(created);
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
