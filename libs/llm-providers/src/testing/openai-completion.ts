import type { ChatCompletion, CompletionMessage, Model } from '@mana-llm/openai-api';
import { FAKE_USAGE } from './openai-chunk.js';

/** `finish_reason` and the fields of `message` are the one choice's; everything else stands beside `choices`. */
export interface OpenAiCompletionFields extends Partial<ChatCompletion> {
  message?: Partial<CompletionMessage>;
  /** Any text: providers have reasons of their own. */
  finish_reason?: string;
}

/** A buffered answer of an OpenAI-compatible provider. */
export function openAiCompletion(fields: OpenAiCompletionFields = {}): Record<string, unknown> {
  const { message = { content: 'Hello there.' }, finish_reason = 'stop', ...rest } = fields;
  return {
    id: 'chatcmpl-fake',
    object: 'chat.completion',
    created: 1_760_000_000,
    model: 'fake-model',
    choices: [{ index: 0, message: { role: 'assistant', content: null, ...message }, finish_reason }],
    usage: FAKE_USAGE,
    ...rest,
  };
}

export function openAiEmbeddings(...vectors: (number[] | string)[]): Record<string, unknown> {
  return {
    object: 'list',
    data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
    model: 'fake-embedder',
    usage: { prompt_tokens: 3 * vectors.length, total_tokens: 3 * vectors.length },
  };
}

export function openAiModels(...ids: string[]): { object: 'list'; data: Model[] } {
  return {
    object: 'list',
    data: ids.map((id) => ({ id, object: 'model', created: 1_700_000_000, owned_by: 'fake' })),
  };
}

export function openAiError(message: string, fields: Record<string, unknown> = {}): { error: object } {
  return { error: { message, type: 'server_error', param: null, code: null, ...fields } };
}
