import { type ChunkDelta, isJsonObject } from '@mana-llm/openai-api';
import type { ItemStatus, OutputItem } from '../response-types.js';
import type { Emit, ItemBuilder } from './output-item-builders.js';

/** OpenRouter says so of a thought that its model has summed up (https://openrouter.ai/docs/use-cases/reasoning-tokens). */
export function isSummary(delta: ChunkDelta): boolean {
  const details = delta['reasoning_details'];
  return Array.isArray(details) && details.some((one) => isJsonObject(one) && one['type'] === 'reasoning.summary');
}

/** A thought of which the provider gives a summary, and not its text. */
export class SummaryBuilder implements ItemBuilder {
  private text = '';

  constructor(
    private readonly id: string,
    readonly outputIndex: number,
    private readonly emit: Emit,
  ) {}

  begin(): this {
    const item = { ...this.toItem('in_progress'), summary: [] };
    this.emit('response.output_item.added', { output_index: this.outputIndex, item });
    this.emit('response.reasoning_summary_part.added', { ...this.place(), part: this.part() });
    return this;
  }

  add(_type: string, delta: string): void {
    this.text += delta;
    this.emit('response.reasoning_summary_text.delta', { ...this.place(), delta });
  }

  close(status: ItemStatus): void {
    this.emit('response.reasoning_summary_text.done', { ...this.place(), text: this.text });
    this.emit('response.reasoning_summary_part.done', { ...this.place(), part: this.part() });
    this.emit('response.output_item.done', { output_index: this.outputIndex, item: this.toItem(status) });
  }

  toItem(status: ItemStatus): OutputItem {
    return { id: this.id, type: 'reasoning', status, summary: [this.part()] };
  }

  private part(): { type: 'summary_text'; text: string } {
    return { type: 'summary_text', text: this.text };
  }

  private place(): Record<string, unknown> {
    return { item_id: this.id, output_index: this.outputIndex, summary_index: 0 };
  }
}
