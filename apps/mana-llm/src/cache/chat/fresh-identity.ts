import { randomUUID } from 'node:crypto';
import type { ChatCompletion } from '@mana-llm/openai-api';

/** `id` and `created` for an answer that is given once more: to a client each answer is one of its own, made when it asked. */
export function freshIdentity(): Pick<ChatCompletion, 'id' | 'created'> {
  return { id: `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000) };
}
