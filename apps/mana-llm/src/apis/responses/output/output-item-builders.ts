import { fromCustomArguments, type ToolIdentity } from '../request/response-tools.js';
import type { ItemStatus, OutputItem } from '../response-types.js';

/** Sends an event of a stream (https://platform.openai.com/docs/api-reference/responses-streaming); an answer in JSON sends none. */
export type Emit = (type: string, fields: Record<string, unknown>) => void;

/** One item of a response while it is being said. */
export interface ItemBuilder {
  readonly outputIndex: number;
  /** The item as it is now. */
  toItem(status: ItemStatus): OutputItem;
  /** Gives the events with which the item is done. */
  close(status: ItemStatus): void;
}

interface TextPart {
  type: 'output_text' | 'refusal' | 'reasoning_text';
  text: string;
  logprobs: unknown[];
}

/** The part as OpenAI writes it. */
function toPart({ type, text, logprobs }: TextPart): Record<string, unknown> {
  if (type === 'output_text') return { type, annotations: [], logprobs, text };
  return type === 'refusal' ? { type, refusal: text } : { type, text };
}

/** A message or a thought: parts of text, each with its own events. */
abstract class TextItemBuilder implements ItemBuilder {
  protected readonly parts: TextPart[] = [];
  private isPartOpen = false;

  constructor(
    protected readonly id: string,
    readonly outputIndex: number,
    private readonly emit: Emit,
  ) {}

  abstract toItem(status: ItemStatus): OutputItem;

  /** The first event of the item. */
  begin(): this {
    this.emit('response.output_item.added', { output_index: this.outputIndex, item: this.toItem('in_progress') });
    return this;
  }

  add(type: TextPart['type'], delta: string, logprobs: unknown[] = []): void {
    let part = this.parts.at(-1);
    if (part?.type !== type || !this.isPartOpen) {
      this.closePart();
      part = { type, text: '', logprobs: [] };
      this.parts.push(part);
      this.isPartOpen = true;
      this.emit('response.content_part.added', { ...this.place(), part: toPart(part) });
    }
    part.text += delta;
    // As arguments of one call, a long list would not fit on the stack.
    for (const logprob of logprobs) part.logprobs.push(logprob);
    const more = type === 'output_text' ? { logprobs } : {};
    this.emit(`response.${type}.delta`, { ...this.place(), delta, ...more });
  }

  close(status: ItemStatus): void {
    this.closePart();
    this.emit('response.output_item.done', { output_index: this.outputIndex, item: this.toItem(status) });
  }

  protected content(): Record<string, unknown>[] {
    return this.parts.map(toPart);
  }

  private closePart(): void {
    const part = this.parts.at(-1);
    if (part === undefined || !this.isPartOpen) return;
    this.isPartOpen = false;
    const { type, text, logprobs } = part;
    const whole = type === 'refusal' ? { refusal: text } : { text };
    this.emit(`response.${type}.done`, { ...this.place(), ...whole, ...(type === 'output_text' && { logprobs }) });
    this.emit('response.content_part.done', { ...this.place(), part: toPart(part) });
  }

  private place(): Record<string, unknown> {
    return { item_id: this.id, output_index: this.outputIndex, content_index: this.parts.length - 1 };
  }
}

export class MessageBuilder extends TextItemBuilder {
  toItem(status: ItemStatus): OutputItem {
    return { id: this.id, type: 'message', status, content: this.content() as never, role: 'assistant' };
  }
}

/** A thought whose text the provider gives. */
export class ReasoningBuilder extends TextItemBuilder {
  toItem(status: ItemStatus): OutputItem {
    return { id: this.id, type: 'reasoning', status, summary: [], content: this.content() as never };
  }
}

/** A call of a function, or of a custom tool, which a chat model gives as a function. */
export class CallBuilder implements ItemBuilder {
  private text = '';

  constructor(
    private readonly id: string,
    readonly outputIndex: number,
    private readonly callId: string,
    private readonly tool: ToolIdentity,
    private readonly emit: Emit,
  ) {
    emit('response.output_item.added', { output_index: outputIndex, item: this.toItem('in_progress') });
  }

  add(delta: string): void {
    this.text += delta;
    // The input of a custom tool is inside the arguments: it is known when these are whole.
    if (this.tool.kind === 'custom' || delta === '') return;
    this.emit('response.function_call_arguments.delta', { ...this.place(), delta });
  }

  close(status: ItemStatus): void {
    const { name } = this.tool;
    if (this.tool.kind === 'custom') {
      const input = this.input();
      this.emit('response.custom_tool_call_input.delta', { ...this.place(), delta: input });
      this.emit('response.custom_tool_call_input.done', { ...this.place(), input });
    } else this.emit('response.function_call_arguments.done', { ...this.place(), name, arguments: this.text });
    this.emit('response.output_item.done', { output_index: this.outputIndex, item: this.toItem(status) });
  }

  toItem(status: ItemStatus): OutputItem {
    const { kind, name, namespace } = this.tool;
    const known = { id: this.id, call_id: this.callId, name, ...(namespace !== undefined && { namespace }), status };
    if (kind === 'function') return { ...known, type: 'function_call', arguments: this.text };
    return { ...known, type: 'custom_tool_call', input: status === 'in_progress' ? '' : this.input() };
  }

  private input(): string {
    return fromCustomArguments(this.text);
  }

  private place(): Record<string, unknown> {
    return { item_id: this.id, output_index: this.outputIndex };
  }
}
