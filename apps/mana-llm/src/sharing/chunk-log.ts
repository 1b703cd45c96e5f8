import type { ChatCompletionChunk } from '@mana-llm/openai-api';
import type { Subscriber } from 'rxjs';
import { jsonSize } from './json-size.js';

export type StreamEnding = (subscriber: Subscriber<ChatCompletionChunk>) => void;

/**
 * What a stream has sent, kept once for all its readers; each has a position in it. It is whole until it has grown past its
 * bound: from then on it forgets what every reader has taken.
 */
export class ChunkLog {
  /** How the stream ended, to be told after the last chunk. */
  ending: StreamEnding | undefined;
  private readonly kept: ChatCompletionChunk[] = [];
  /** How much of the text came before each kept chunk. */
  private readonly startsAt: number[] = [];
  private first = 0;
  private length = 0;

  constructor(private readonly maxLength: number) {}

  get isWhole(): boolean {
    return this.length <= this.maxLength;
  }

  /** All chunks, while the log is whole. */
  get chunks(): readonly ChatCompletionChunk[] {
    return this.kept;
  }

  push(chunk: ChatCompletionChunk): void {
    this.kept.push(chunk);
    this.startsAt.push(this.length);
    this.length += jsonSize(chunk);
  }

  at(position: number): ChatCompletionChunk | undefined {
    return this.kept[position - this.first];
  }

  /** How much text waits for a reader at this position. */
  lengthFrom(position: number): number {
    return this.length - (this.startsAt[position - this.first] ?? this.length);
  }

  forgetBefore(position: number): void {
    const count = position - this.first;
    if (count === 0) return;
    this.kept.splice(0, count);
    this.startsAt.splice(0, count);
    this.first = position;
  }
}
