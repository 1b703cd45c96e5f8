import {
  type ChatCompletionChunk,
  type ChunkChoice,
  type ChunkDelta,
  type CompletionUsage,
  isJsonObject,
  type ToolCallDelta,
} from '@mana-llm/openai-api';
import { AnswerSize } from './answer-size.js';
import { CallBuilder, type Emit, type ItemBuilder, MessageBuilder, ReasoningBuilder } from './output-item-builders.js';
import { isSummary, SummaryBuilder } from './summary-builder.js';
import { type CreateResponse, type ItemStatus, outputItemId, type ResponseObject } from '../response-types.js';
import { newResponse, toResponseUsage } from './response-object.js';
import type { ResponseTools } from '../request/response-tools.js';

/** What a response is that ended for these reasons; every other one is completed. */
const INCOMPLETE = new Map<string | null, 'max_output_tokens' | 'content_filter'>([
  ['length', 'max_output_tokens'],
  ['content_filter', 'content_filter'],
]);

/** Why a stream broke. */
export interface StreamError {
  type: string;
  code: string;
  message: string;
  param: string | null;
}

type SaidKind = typeof MessageBuilder | typeof ReasoningBuilder | typeof SummaryBuilder;
type Said = InstanceType<SaidKind>;

/** The pieces of a call whose name is not known yet. */
interface PendingCall {
  id: string;
  text: string;
}

function logprobsOf({ logprobs }: ChunkChoice): unknown[] {
  const content = isJsonObject(logprobs) ? logprobs['content'] : undefined;
  return Array.isArray(content) ? content : [];
}

const reasoningOf = ({ reasoning_content, reasoning }: ChunkDelta): string => reasoning_content ?? reasoning ?? '';

/** Makes a response of the chunks of a chat answer, and gives the events of its stream on the way. */
export class ResponseBuilder {
  private readonly items: ItemBuilder[] = [];
  /** The message or the thought that is being said. */
  private said: Said | undefined;
  private readonly pending = new Map<number, PendingCall>();
  private readonly calls = new Map<number, CallBuilder>();
  /** The items that are done. */
  private readonly output: ResponseObject['output'] = [];
  private response: ResponseObject | undefined;
  private finishReason: string | null = null;
  private usage: CompletionUsage | undefined;
  private sequenceNumber = 0;
  private readonly size = new AnswerSize();

  constructor(
    private readonly id: string,
    private readonly request: CreateResponse,
    private readonly tools: ResponseTools,
    private readonly send: (event: { type: string }) => void = () => undefined,
  ) {}

  add({ choices, model, usage }: ChatCompletionChunk): void {
    if (this.response === undefined) this.begin(model);
    if (usage) this.usage = usage;
    for (const choice of choices) if (choice.index === 0) this.addChoice(choice);
  }

  /** The whole response, after the last chunk. Its items are done; the end of the stream is still to come. */
  finish(): ResponseObject {
    const reason = INCOMPLETE.get(this.finishReason);
    const status = reason === undefined ? 'completed' : 'incomplete';
    this.closeAll(status);
    return {
      ...this.current(),
      status,
      completed_at: reason === undefined ? Math.floor(Date.now() / 1000) : null,
      incomplete_details: reason === undefined ? null : { reason },
    };
  }

  /** The last event of a stream that is whole. */
  end(response: ResponseObject): void {
    this.emit(`response.${response.status}`, { response });
  }

  /**
   * The response of a stream that broke: what was said so far, and why there is no more. No call is done in it: an agent runs a
   * call as soon as that is done, and half of a command or of a patch must not run. The event `error` before the last one is
   * OpenAI's own too: its clients throw on it, and some of them take `response.failed` alone for a normal end.
   */
  fail(error: StreamError): ResponseObject {
    this.closeSaid('incomplete');
    for (const call of this.calls.values()) this.output[call.outputIndex] = call.toItem('incomplete');
    const { code, message } = error;
    const response: ResponseObject = { ...this.current(), status: 'failed', error: { code, message } };
    this.emit('error', { error });
    this.emit('response.failed', { response });
    return response;
  }

  private readonly emit: Emit = (type, fields) => {
    this.send({ type, sequence_number: this.sequenceNumber, ...fields } as { type: string });
    this.sequenceNumber += 1;
  };

  private begin(model: string): void {
    const response = newResponse(this.request, this.id, model);
    this.response = response;
    this.emit('response.created', { response });
    this.emit('response.in_progress', { response });
  }

  private current(): ResponseObject {
    if (this.response === undefined) this.begin(this.request.model ?? '');
    const usage = this.usage === undefined ? null : toResponseUsage(this.usage);
    return { ...this.response!, output: this.output, usage };
  }

  private addChoice(choice: ChunkChoice): void {
    this.size.add(choice);
    const { delta, finish_reason } = choice;
    const thought = reasoningOf(delta);
    if (thought !== '')
      this.saying(isSummary(delta) ? SummaryBuilder : ReasoningBuilder).add('reasoning_text', thought);
    if (delta.content) this.saying(MessageBuilder).add('output_text', delta.content, logprobsOf(choice));
    if (delta.refusal) this.saying(MessageBuilder).add('refusal', delta.refusal);
    for (const piece of delta.tool_calls ?? []) this.addCall(piece);
    this.finishReason = finish_reason ?? this.finishReason;
  }

  private saying(kind: SaidKind): Said {
    if (this.said instanceof kind) return this.said;
    this.size.addItem();
    this.closeSaid();
    const index = this.items.length;
    const id = outputItemId(this.id, kind === MessageBuilder ? 'message' : 'reasoning', index);
    this.said = new kind(id, index, this.emit).begin();
    this.items.push(this.said);
    return this.said;
  }

  private addCall({ index, id, function: called }: ToolCallDelta): void {
    const text = called?.arguments ?? '';
    const call = this.calls.get(index);
    if (call !== undefined) return call.add(text);
    this.size.addItem();
    const pending = this.pending.get(index) ?? { id: '', text: '' };
    pending.id ||= id ?? '';
    pending.text += text;
    this.pending.set(index, pending);
    if (!called?.name) return;
    this.closeSaid();
    const place = this.items.length;
    const tool = this.tools.identify(called.name);
    const itemId = outputItemId(this.id, tool.kind === 'custom' ? 'custom_tool_call' : 'function_call', place);
    // A provider that gives no id has to be given one: the output names it.
    const begun = new CallBuilder(itemId, place, pending.id || `call_${itemId}`, tool, this.emit);
    this.items.push(begun);
    this.calls.set(index, begun);
    begun.add(pending.text);
  }

  private closeSaid(status: ItemStatus = 'completed'): void {
    if (this.said !== undefined) this.close(this.said, status);
    this.said = undefined;
  }

  /** Calls may come side by side, so they end together. Only the last item can have been cut. */
  private closeAll(status: ItemStatus): void {
    const last = this.items.at(-1);
    for (const item of this.items) {
      const isOpen = item === this.said || item instanceof CallBuilder;
      if (isOpen) this.close(item, item === last ? status : 'completed');
    }
    this.said = undefined;
  }

  private close(item: ItemBuilder, status: ItemStatus): void {
    item.close(status);
    this.output[item.outputIndex] = item.toItem(status);
  }
}
