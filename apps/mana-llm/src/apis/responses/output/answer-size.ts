import { ApiError, type ChunkChoice, isJsonObject } from '@mana-llm/openai-api';

/**
 * The memory that the answer of one response may take. The longest outputs of models have a million tokens, which are about 4 MB of
 * text. The last events have the whole answer: a provider that never stops would fill the memory.
 */
const MAX_BYTES = 64 * 1024 * 1024;
/** Each letter stands in four of the last events. */
const LETTER_BYTES = 4;
const ITEM_BYTES = 1_000;
const LOGPROB_BYTES = 100;

/** A token with those that might have stood in its place. */
function logprobCount(token: unknown): number {
  const others = isJsonObject(token) ? token['top_logprobs'] : undefined;
  return 1 + (Array.isArray(others) ? others.length : 0);
}

/** Counts the memory that a response takes while it is being said. */
export class AnswerSize {
  private bytes = 0;

  /** Throws 502 where the answer is too long. */
  add({ delta, logprobs }: ChunkChoice): void {
    const { content, refusal, reasoning_content, reasoning, tool_calls } = delta;
    let letters = (content ?? '').length + (refusal ?? '').length + (reasoning_content ?? reasoning ?? '').length;
    for (const call of tool_calls ?? []) letters += (call.function?.arguments ?? '').length;
    this.hold(LETTER_BYTES * letters);
    if (isJsonObject(logprobs) && Array.isArray(logprobs['content'])) this.addLogprobs(logprobs['content']);
  }

  addItem(): void {
    this.hold(ITEM_BYTES);
  }

  private addLogprobs(tokens: readonly unknown[]): void {
    let count = 0;
    for (const token of tokens) count += logprobCount(token);
    this.hold(LOGPROB_BYTES * count);
  }

  private hold(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes <= MAX_BYTES) return;
    const message = 'The provider sent more than one response may have.';
    throw new ApiError(502, message, { type: 'upstream_error', code: 'bad_response' });
  }
}
