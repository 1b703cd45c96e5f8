import type { ChatCompletion, ChatCompletionChunk, ChatMessage } from '@mana-llm/openai-api';
import type { LlmStream } from './chat-stream.js';

/** A text for one user message, or the messages of a conversation. */
export type LlmPrompt = string | ChatMessage[];

export function toMessages(prompt: LlmPrompt): ChatMessage[] {
  return typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : prompt;
}

/** The text of the first choice; where the model refuses, its refusal. */
export function textOf({ choices }: ChatCompletion): string {
  const message = choices[0]?.message;
  return message?.content ?? message?.refusal ?? '';
}

function textOfChunk({ choices }: ChatCompletionChunk): string {
  const delta = choices.find(({ index }) => index === 0)?.delta;
  return delta?.content ?? delta?.refusal ?? '';
}

/** The texts of the first choice out of a stream of chunks. It ends, breaks and is stopped as that one. */
export class TextStream implements LlmStream<string> {
  constructor(private readonly chunks: LlmStream<ChatCompletionChunk>) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, undefined> {
    for await (const chunk of this.chunks) {
      const text = textOfChunk(chunk);
      if (text !== '') yield text;
    }
  }

  completion(): Promise<ChatCompletion> {
    return this.chunks.completion();
  }

  abort(): void {
    this.chunks.abort();
  }
}
