import {
  type ChatCompletion,
  type ChatCompletionChunk,
  type ChunkChoice,
  type ChunkDelta,
  type CompletionChoice,
  type CompletionToolCall,
  type CompletionUsage,
  isJsonObject,
  type JsonObject,
  setFields,
} from '@mana-llm/openai-api';
import { foldDelta, foldFields } from './folded-fields.js';

/** What a choice has said so far. */
class FoldedChoice {
  private content: string | null = null;
  private refusal: string | null = null;
  private reasoning = '';
  private logprobs: unknown = null;
  private finishReason: string | null = null;
  private readonly calls = new Map<number, JsonObject>();
  private readonly messageExtras: JsonObject = {};
  private readonly choiceExtras: JsonObject = {};

  add({ index: _, delta, finish_reason, logprobs, ...extras }: ChunkChoice): void {
    this.addDelta(delta);
    this.finishReason = finish_reason ?? this.finishReason;
    if (logprobs !== undefined && logprobs !== null) this.addLogprobs(logprobs);
    foldFields(this.choiceExtras, extras);
  }

  toChoice(index: number): CompletionChoice | undefined {
    if (this.finishReason === null) return undefined;
    const { content, refusal, reasoning } = this;
    const calls = [...this.calls].sort(([one], [other]) => one - other).map(([, call]) => call as CompletionToolCall);
    return {
      ...this.choiceExtras,
      index,
      message: {
        ...this.messageExtras,
        role: 'assistant',
        content,
        refusal,
        ...(reasoning === '' ? {} : { reasoning_content: reasoning, reasoning }),
        ...(calls.length === 0 ? {} : { tool_calls: calls }),
      },
      logprobs: this.logprobs,
      finish_reason: this.finishReason,
    };
  }

  private addDelta(delta: ChunkDelta): void {
    const { role: _, content, refusal, reasoning_content, reasoning, tool_calls: calls = [], ...extras } = delta;
    if (typeof content === 'string') this.content = (this.content ?? '') + content;
    if (typeof refusal === 'string') this.refusal = (this.refusal ?? '') + refusal;
    this.reasoning += reasoning_content ?? reasoning ?? '';
    for (const { index, ...piece } of calls) {
      const call = this.calls.get(index) ?? {};
      this.calls.set(index, call);
      foldDelta(call, piece);
    }
    foldDelta(this.messageExtras, extras);
  }

  private addLogprobs(logprobs: unknown): void {
    if (!isJsonObject(logprobs)) {
      this.logprobs = logprobs;
      return;
    }
    const folded = isJsonObject(this.logprobs) ? this.logprobs : {};
    foldFields(folded, logprobs);
    this.logprobs = folded;
  }
}

/** The answer that the chunks of a whole stream make; undefined where a choice has no finish reason. */
export function toCompletion(chunks: readonly ChatCompletionChunk[]): ChatCompletion | undefined {
  const [first] = chunks;
  if (first === undefined) return undefined;
  const folded = new Map<number, FoldedChoice>();
  const extras: JsonObject = {};
  let told: CompletionUsage | undefined;
  for (const { id: _id, object: _object, created: _created, model: _model, choices, usage, ...others } of chunks) {
    // What a provider says of the whole answer, it repeats on each frame.
    setFields(extras, others);
    told = usage ?? told;
    for (const choice of choices) {
      const target = folded.get(choice.index) ?? new FoldedChoice();
      folded.set(choice.index, target);
      target.add(choice);
    }
  }
  const choices = [...folded]
    .sort(([one], [other]) => one - other)
    .flatMap(([index, choice]) => choice.toChoice(index) ?? []);
  if (choices.length === 0 || choices.length < folded.size) return undefined;
  const { id, created, model } = first;
  const usage = told === undefined ? {} : { usage: told };
  return { ...extras, id, object: 'chat.completion', created, model, choices, ...usage };
}
