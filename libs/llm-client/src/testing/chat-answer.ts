import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionRequest,
  ChunkDelta,
  CompletionToolCall,
  CompletionUsage,
} from '@mana-llm/openai-api';
import { type Answer, jsonAnswer } from './answer.js';

/** A call of a tool. `arguments` is an object, or JSON text as a model wrote it. */
export interface FakeToolCall {
  name: string;
  arguments?: unknown;
  id?: string | undefined;
}

/** What the model says. What is left out is as a model would have it. */
export interface FakeChatReply {
  text?: string | undefined;
  /** The text as it comes in a stream. Left out: word by word. */
  pieces?: readonly string[] | undefined;
  toolCalls?: readonly FakeToolCall[] | undefined;
  refusal?: string | undefined;
  /** Left out: `tool_calls` with tool calls, else `stop`. */
  finishReason?: string | undefined;
  /** In place of one token for each word; further fields such as `cost` too. */
  usage?: Partial<CompletionUsage> | undefined;
  /** The answer comes from the gateway's cache. */
  cached?: boolean | undefined;
  /** The time before each piece of a stream, and before a whole answer. */
  delayMs?: number | undefined;
}

/** The same in each test, so that a snapshot can hold it. */
const CREATED = 1_767_225_600;
const ARGUMENTS_PIECE = 8;

const wordsOf = (text: string): string[] => (text === '' ? [] : text.split(/(?<=\s)(?=\S)/));
const textOf = ({ text, pieces = [] }: FakeChatReply): string => text ?? pieces.join('');

function toToolCall({ name, arguments: given = {}, id }: FakeToolCall, at: number): CompletionToolCall {
  const text = typeof given === 'string' ? given : JSON.stringify(given);
  return { id: id ?? `call_${at + 1}`, type: 'function', function: { name, arguments: text } };
}

function usageOf(request: ChatCompletionRequest, reply: FakeChatReply): CompletionUsage {
  const asked = request.messages.map(({ content }) =>
    typeof content === 'string' ? content : JSON.stringify(content),
  );
  const prompt_tokens = wordsOf(asked.join(' ')).length;
  const said = [textOf(reply), reply.refusal ?? '', ...(reply.toolCalls ?? []).map(({ name }) => name)];
  const completion_tokens = wordsOf(said.filter((text) => text !== '').join(' ')).length;
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens, ...reply.usage };
}

/** A reply to one request, in either of its two forms. */
export class ChatAnswer {
  private readonly calls: CompletionToolCall[];
  private readonly finishReason: string;
  private readonly usage: CompletionUsage;

  constructor(
    private readonly reply: FakeChatReply,
    private readonly request: ChatCompletionRequest,
    private readonly model: string,
    private readonly id: string,
  ) {
    this.calls = (reply.toolCalls ?? []).map(toToolCall);
    this.finishReason = reply.finishReason ?? (this.calls.length > 0 ? 'tool_calls' : 'stop');
    this.usage = usageOf(request, reply);
  }

  toAnswer(): Answer {
    const { delayMs, cached = false } = this.reply;
    const answer = this.request.stream === true ? this.stream() : jsonAnswer(200, this.completion());
    return { ...answer, delayMs, headers: { ...answer.headers, ...(cached && { 'x-mana-llm-cache': 'hit' }) } };
  }

  completion(): ChatCompletion {
    const { calls, reply, finishReason, usage, model, id } = this;
    const message = {
      role: 'assistant' as const,
      content: this.isWithoutText ? null : textOf(reply),
      refusal: reply.refusal ?? null,
      ...(calls.length > 0 && { tool_calls: calls }),
    };
    const choices = [{ index: 0, message, logprobs: null, finish_reason: finishReason }];
    return { id, object: 'chat.completion', created: CREATED, model, choices, usage };
  }

  /** What the stream says before its finish reason, a frame a piece; the first one has the role too. */
  contentPieces(): string[] {
    const { reply } = this;
    const texts: ChunkDelta[] = (reply.pieces ?? wordsOf(textOf(reply))).map((content) => ({ content }));
    const refusals = wordsOf(reply.refusal ?? '').map((refusal) => ({ refusal }));
    const calls = this.calls.flatMap((call, index) => toolCallDeltas(call, index));
    const frames = [...texts, ...refusals, ...calls].map((delta) => this.frame(delta));
    const role = this.frame({ role: 'assistant', content: this.isWithoutText ? null : '' });
    return frames.length === 0 ? [role] : [role + frames[0], ...frames.slice(1)];
  }

  /** Not empty, but said by other fields. */
  private get isWithoutText(): boolean {
    return textOf(this.reply) === '' && (this.calls.length > 0 || this.reply.refusal !== undefined);
  }

  private stream(): Answer {
    const withUsage = this.request.stream_options?.include_usage === true;
    const end = this.frame({}, this.finishReason) + (withUsage ? this.usageFrame() : '') + 'data: [DONE]\n\n';
    const pieces = this.contentPieces();
    const last = pieces.pop() ?? '';
    return { status: 200, headers: STREAM_HEADERS, pieces: [...pieces, last + end], ending: 'end' };
  }

  private frame(delta: ChunkDelta, finish_reason: string | null = null): string {
    return this.toFrame({ choices: [{ index: 0, delta, finish_reason }] });
  }

  private usageFrame(): string {
    return this.toFrame({ choices: [], usage: this.usage });
  }

  private toFrame(fields: Pick<ChatCompletionChunk, 'choices' | 'usage'>): string {
    const { id, model } = this;
    return sse({ id, object: 'chat.completion.chunk', created: CREATED, model, ...fields });
  }
}

export const STREAM_HEADERS = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };

export function sse(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

function toolCallDeltas({ id, type, function: called }: CompletionToolCall, index: number): ChunkDelta[] {
  const { name = '', arguments: text = '' } = called ?? {};
  const parts = text.match(new RegExp(`[^]{1,${ARGUMENTS_PIECE}}`, 'gu')) ?? [];
  return [
    { tool_calls: [{ index, id, type, function: { name, arguments: '' } }] },
    ...parts.map((part) => ({ tool_calls: [{ index, function: { arguments: part } }] })),
  ];
}
