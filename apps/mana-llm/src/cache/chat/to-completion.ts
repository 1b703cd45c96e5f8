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
  setField,
  setFields,
} from '@mana-llm/openai-api';

/** Texts of a delta that are a name, and so are sent whole. Servers repeat some of them in each frame. */
const LABELS: ReadonlySet<string> = new Set([
  ...['id', 'index', 'type', 'name', 'role', 'object', 'model', 'format', 'status', 'channel', 'phase'],
  ...['signature', 'thought_signature'],
]);

function append(target: JsonObject, field: string, items: readonly unknown[]): void {
  const before = Object.hasOwn(target, field) ? target[field] : undefined;
  if (!Array.isArray(before)) return setField(target, field, [...items]);
  // One by one: `push(...items)` overflows the stack where a client or a server has sent a very long list.
  for (const item of items) before.push(item);
}

/** Adds the fields of a frame to those of the frames before it: lists grow, of any other value the last one counts. */
function foldFields(target: JsonObject, fields: JsonObject): void {
  for (const [field, value] of Object.entries(fields)) {
    if (Array.isArray(value)) append(target, field, value);
    else if (value !== undefined && (value !== null || !Object.hasOwn(target, field))) setField(target, field, value);
  }
}

/**
 * Adds one delta to the deltas before it, as openai-python does for fields that it does not know (`accumulate_delta`): texts and lists
 * grow, objects are added field by field. Of labels and of any other value the last one counts.
 */
function foldDelta(target: JsonObject, delta: JsonObject): void {
  for (const [field, piece] of Object.entries(delta)) {
    const before = Object.hasOwn(target, field) ? target[field] : undefined;
    if (typeof piece === 'string' && typeof before === 'string' && !LABELS.has(field)) {
      setField(target, field, before + piece);
    } else if (isJsonObject(piece) && isJsonObject(before)) {
      foldDelta(before, piece);
    } else if (isJsonObject(piece)) {
      const copy: JsonObject = {};
      setField(target, field, copy);
      foldDelta(copy, piece);
    } else foldFields(target, { [field]: piece });
  }
}

/** One choice, as the chunks so far give it. */
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

/** The answer that all chunks of a stream give; undefined where a choice has no finish reason. */
export function toCompletion(chunks: readonly ChatCompletionChunk[]): ChatCompletion | undefined {
  const [first] = chunks;
  if (first === undefined) return undefined;
  const folded = new Map<number, FoldedChoice>();
  const extras: JsonObject = {};
  let lastUsage: CompletionUsage | undefined;
  for (const { id: _id, object: _object, created: _created, model: _model, choices, usage, ...others } of chunks) {
    // A provider repeats in each frame what it says of the whole answer.
    setFields(extras, others);
    lastUsage = usage ?? lastUsage;
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
  const usage = lastUsage === undefined ? {} : { usage: lastUsage };
  return { ...extras, id, object: 'chat.completion', created, model, choices, ...usage };
}
