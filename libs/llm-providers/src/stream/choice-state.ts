import {
  type ChunkChoice,
  type ChunkDelta,
  isJsonObject,
  isNothing,
  type JsonObject,
  setFields,
} from '@mana-llm/openai-api';
import { normalizeFinishReason } from './finish-reason.js';
import { passThrough } from './answer-fields.js';
import { readContent, readReasoning } from './read-content.js';
import { ToolCallAssembler } from './tool-call-assembler.js';

const KNOWN_DELTA_FIELDS = new Set(['role', 'content', 'refusal', 'reasoning_content', 'reasoning', 'tool_calls']);
const KNOWN_CHOICE_FIELDS = new Set(['index', 'delta', 'message', 'finish_reason', 'usage', 'error']);

/** One choice of a stream: gives its role once and holds its finish reason back. */
export class ChoiceState {
  private readonly toolCalls: ToolCallAssembler;
  private hasRole = false;
  private heldReason: string | undefined;
  private readonly heldExtras: JsonObject = {};

  constructor(
    private readonly index: number,
    toolNames?: ReadonlySet<string>,
  ) {
    this.toolCalls = new ToolCallAssembler(toolNames);
  }

  get isFinished(): boolean {
    return this.heldReason !== undefined;
  }

  /** How many tool calls have begun. */
  get callCount(): number {
    return this.toolCalls.count;
  }

  /** False while a tool call has no name yet: such an answer is not whole. */
  get isWhole(): boolean {
    return this.isFinished && this.toolCalls.isComplete;
  }

  /** The choice of the next frame, or nothing where the upstream's says nothing. */
  read(raw: JsonObject): ChunkChoice | undefined {
    const extras = passThrough(raw, KNOWN_CHOICE_FIELDS);
    if (isNothing(extras['logprobs'])) delete extras['logprobs'];
    const delta = this.readDelta(isJsonObject(raw['delta']) ? raw['delta'] : {});
    const reason = raw['finish_reason'];
    const isEnd = typeof reason === 'string' && reason !== '';
    if (isEnd) this.heldReason ??= reason;
    if (isEnd || this.isFinished) {
      // Log probabilities belong to the content that comes with them; everything else describes the end.
      setFields(this.heldExtras, delta === undefined ? extras : passThrough(extras, new Set(['logprobs'])));
    }
    const isSilent = this.isFinished || Object.values(extras).every(isNothing);
    if (delta === undefined && isSilent) return undefined;
    return { index: this.index, delta: this.withRole(delta ?? {}), ...extras, finish_reason: null };
  }

  /** The held-back end: what is left of the calls, then an empty delta with the reason. The role comes first where none has come. */
  finish(): ChunkChoice[] {
    const calls = this.toolCalls.end();
    const reason = normalizeFinishReason(this.heldReason ?? 'stop', this.toolCalls.count > 0);
    const end: ChunkChoice = { index: this.index, delta: {}, ...this.heldExtras, finish_reason: reason };
    if (this.hasRole && calls.length === 0) return [end];
    const last: ChunkDelta = calls.length > 0 ? { tool_calls: calls } : { content: '' };
    return [{ index: this.index, delta: this.withRole(last), finish_reason: null }, end];
  }

  private withRole(delta: ChunkDelta): ChunkDelta {
    if (this.hasRole) return delta;
    this.hasRole = true;
    return { role: 'assistant', ...delta };
  }

  private readDelta(raw: JsonObject): ChunkDelta | undefined {
    const delta: ChunkDelta = passThrough(raw, KNOWN_DELTA_FIELDS);
    const content = readContent(raw['content']);
    const reasoning = content.reasoning + readReasoning(raw);
    if (reasoning !== '') {
      delta.reasoning_content = reasoning;
      delta.reasoning = reasoning;
    }
    if (content.text !== '') delta.content = content.text;
    if (typeof raw['refusal'] === 'string' && raw['refusal'] !== '') delta.refusal = raw['refusal'];
    const toolCalls = this.toolCalls.read(raw['tool_calls']);
    if (toolCalls.length > 0) delta.tool_calls = toolCalls;
    return Object.values(delta).every(isNothing) ? undefined : delta;
  }
}
