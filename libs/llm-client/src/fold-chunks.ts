import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChunkChoice,
  ChunkDelta,
  CompletionChoice,
  CompletionMessage,
  CompletionToolCall,
  JsonObject,
  ToolCallDelta,
} from '@mana-llm/openai-api';
import { setField, setFields } from '@mana-llm/openai-api';

/** Adds a piece to what is there: texts and lists grow, everything else is replaced. */
function addTo(target: JsonObject, field: string, piece: unknown): void {
  const held = Object.hasOwn(target, field) ? target[field] : undefined;
  if (typeof held === 'string' && typeof piece === 'string') setField(target, field, held + piece);
  else if (Array.isArray(held) && Array.isArray(piece)) held.push(...(piece as unknown[]));
  // A copy: the list in the chunk is the reader's.
  else if (Array.isArray(piece)) setField(target, field, [...(piece as unknown[])]);
  else if (piece !== null || held === undefined) setField(target, field, piece);
}

function addToolCall(calls: CompletionToolCall[], { index, ...delta }: ToolCallDelta): void {
  const call = (calls[index] ??= { id: '', type: 'function' });
  const { function: piece, ...fields } = delta;
  // A provider may repeat these on each piece.
  setFields(call, fields);
  if (piece === undefined) return;
  call.function ??= { name: '', arguments: '' };
  call.function.name ||= piece.name ?? '';
  call.function.arguments += piece.arguments ?? '';
}

/** What a choice has said so far. */
class ChoiceFold {
  readonly message: CompletionMessage = { role: 'assistant', content: null, refusal: null };
  private readonly calls: CompletionToolCall[] = [];
  private readonly fields: JsonObject = {};
  private logprobs: JsonObject | null = null;
  finishReason: string | null = null;

  constructor(readonly index: number) {}

  add({ delta, finish_reason, index: _, logprobs, ...fields }: ChunkChoice): void {
    this.addDelta(delta);
    setFields(this.fields, fields);
    this.finishReason = finish_reason ?? this.finishReason;
    if (typeof logprobs !== 'object' || logprobs === null) return;
    this.logprobs ??= {};
    for (const [field, piece] of Object.entries(logprobs)) addTo(this.logprobs, field, piece);
  }

  toChoice(): CompletionChoice {
    const calls = this.calls.filter((call) => call !== undefined);
    const message = calls.length === 0 ? this.message : { ...this.message, tool_calls: calls };
    return {
      ...this.fields,
      index: this.index,
      message,
      logprobs: this.logprobs,
      finish_reason: this.finishReason ?? '',
    };
  }

  private addDelta({ tool_calls, role: _, ...fields }: ChunkDelta = {}): void {
    for (const call of tool_calls ?? []) addToolCall(this.calls, call);
    for (const [field, piece] of Object.entries(fields)) addTo(this.message, field, piece);
  }
}

/** Makes one `ChatCompletion` of the chunks of a stream. */
export class CompletionFold {
  private readonly choices = new Map<number, ChoiceFold>();
  private readonly fields: JsonObject = {};

  add({ choices, object: _, ...fields }: ChatCompletionChunk): void {
    for (const [field, value] of Object.entries(fields)) {
      if (value !== null && value !== undefined) setField(this.fields, field, value);
    }
    for (const choice of choices) {
      const fold = this.choices.get(choice.index) ?? new ChoiceFold(choice.index);
      this.choices.set(choice.index, fold);
      fold.add(choice);
    }
  }

  /** The text of the first choice, as far as it has come. */
  get text(): string {
    return this.choices.get(0)?.message.content ?? '';
  }

  /** Each choice that began has said why it ended. */
  get isWhole(): boolean {
    return this.choices.size > 0 && [...this.choices.values()].every(({ finishReason }) => finishReason !== null);
  }

  toCompletion(): ChatCompletion {
    const choices = [...this.choices.values()].sort((a, b) => a.index - b.index).map((choice) => choice.toChoice());
    return { ...this.fields, object: 'chat.completion', choices } as ChatCompletion;
  }
}
