import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionRequest,
  CompletionUsage,
  EmbeddingList,
  Model,
} from '@mana-llm/openai-api';
import type { CallContext, LlmCallOptions, LlmClientOptions } from './call-options.js';
import type { CallScope } from './call-scope.js';
import { ChatStream, type LlmStream } from './chat-stream.js';
import { Connection } from './connection.js';
import { type LlmEmbedOptions, readVectors, toBatches } from './embed.js';
import { type LlmHealth } from './health.js';
import { askForObject, type LlmJsonSchema, type LlmSchema, type LlmUncheckedSchema, toObjectSchema } from './object.js';
import { type LlmPrompt, textOf, TextStream, toMessages } from './text.js';

/** The body of a chat call; whether it streams is said by the method. */
export type LlmChatRequest = Omit<ChatCompletionRequest, 'stream'>;

/** How `text`, `textStream` and `object` are called: fields of the request beside its messages, and how the call is made. */
export interface LlmTextOptions extends LlmCallOptions, Omit<LlmChatRequest, 'messages' | 'stream_options'> {}

/** As `LlmTextOptions`; `name` names the schema to the model. */
export interface LlmObjectOptions extends Omit<LlmTextOptions, 'response_format'> {
  name?: string | undefined;
}

/** Every call throws an `LlmError`. */
export interface LlmClient {
  /** A whole answer. */
  chat(request: LlmChatRequest, options?: LlmCallOptions): Promise<ChatCompletion>;
  /** An answer chunk by chunk. The loop throws where the stream broke; one that ends has given the whole answer. */
  chatStream(request: LlmChatRequest, options?: LlmCallOptions): LlmStream<ChatCompletionChunk>;
  /** The text of an answer. Where the model refuses, its refusal. */
  text(prompt: LlmPrompt, options?: LlmTextOptions): Promise<string>;
  /** The text of an answer piece by piece. */
  textStream(prompt: LlmPrompt, options?: LlmTextOptions): LlmStream<string>;
  /**
   * An object that fits a schema. An answer that does not fit is asked for once more; then it is an `LlmObjectError`, which
   * holds the text.
   */
  object<Output>(
    schema: LlmSchema<Output> | LlmJsonSchema<Output>,
    prompt: LlmPrompt,
    options?: LlmObjectOptions,
  ): Promise<Output>;
  /** With a JSON schema alone the answer is parsed and not checked. */
  object(schema: LlmUncheckedSchema, prompt: LlmPrompt, options?: LlmObjectOptions): Promise<unknown>;
  /** One vector per text, in their order. Many texts go in several requests. */
  embed(input: string | readonly string[], options?: LlmEmbedOptions): Promise<Float32Array[]>;
  /** The models of all providers. */
  models(options?: LlmCallOptions): Promise<Model[]>;
  /** The state of the gateway, also where it is `unhealthy`. Throws where there is no gateway. */
  health(options?: LlmCallOptions): Promise<LlmHealth>;
}

interface Usable {
  model: string;
  usage?: CompletionUsage | undefined;
}

const CHAT_PATH = '/v1/chat/completions';
/** Answers from the cache, and answers shared with a request under way. */
const CACHED = new Set<string | null>(['hit', 'coalesced']);

function splitOptions<T extends LlmCallOptions>(
  options: T,
): { call: LlmCallOptions; fields: Omit<T, keyof LlmCallOptions> } {
  const { signal, timeoutMs, requestId, traceparent, caller, headers, onUsage, ...fields } = options;
  return { call: { signal, timeoutMs, requestId, traceparent, caller, headers, onUsage }, fields };
}

function tellUsage({ options }: CallScope, { model, usage }: Usable, headers: Headers): void {
  if (usage === undefined || options.onUsage === undefined) return;
  const { cost } = usage;
  const cached = CACHED.has(headers.get('x-mana-llm-cache'));
  options.onUsage({ model, usage, ...(typeof cost === 'number' && { cost }), cached });
}

/** `createLlmClient` as a class, for a framework that knows the request which is being handled. */
export class HttpLlmClient implements LlmClient {
  private readonly connection: Connection;

  constructor(
    private readonly options: LlmClientOptions,
    readContext?: () => CallContext,
  ) {
    this.connection = new Connection(options, readContext);
  }

  chat(request: LlmChatRequest, options?: LlmCallOptions): Promise<ChatCompletion> {
    return this.connection.run(options, async (scope) => {
      const body = { ...this.withModel(request), stream: false };
      const answer = await this.connection.ask<ChatCompletion>({ path: CHAT_PATH, body }, scope);
      tellUsage(scope, answer.body, answer.headers);
      return answer.body;
    });
  }

  chatStream(request: LlmChatRequest, options?: LlmCallOptions): LlmStream<ChatCompletionChunk> {
    const asked = request.stream_options;
    const body = { ...this.withModel(request), stream: true, stream_options: { include_usage: true, ...asked } };
    return new ChatStream({
      open: () => this.connection.open(options),
      send: (scope) => this.connection.send({ path: CHAT_PATH, body, accept: 'text/event-stream' }, scope),
      onWhole: tellUsage,
      givesUsageFrame: asked?.include_usage === true,
    });
  }

  async text(prompt: LlmPrompt, options: LlmTextOptions = {}): Promise<string> {
    const { call, fields } = splitOptions(options);
    return textOf(await this.chat({ ...fields, messages: toMessages(prompt) }, call));
  }

  textStream(prompt: LlmPrompt, options: LlmTextOptions = {}): LlmStream<string> {
    const { call, fields } = splitOptions(options);
    return new TextStream(this.chatStream({ ...fields, messages: toMessages(prompt) }, call));
  }

  async object<Output>(
    schema: LlmSchema<Output> | LlmJsonSchema<Output> | LlmUncheckedSchema,
    prompt: LlmPrompt,
    options: LlmObjectOptions = {},
  ): Promise<Output> {
    const { name = 'answer', ...rest } = options;
    const { call, fields } = splitOptions(rest);
    const timeoutMs = this.connection.untilDeadline(call);
    return askForObject(toObjectSchema(schema), toMessages(prompt), name, (messages, response_format) =>
      this.chat({ ...fields, messages, response_format }, { ...call, timeoutMs: timeoutMs() }),
    );
  }

  embed(input: string | readonly string[], options: LlmEmbedOptions = {}): Promise<Float32Array[]> {
    const { call, fields } = splitOptions(options);
    return this.connection.run(call, async (scope) => {
      const vectors: Float32Array[] = [];
      for (const batch of toBatches(typeof input === 'string' ? [input] : input)) {
        const body = { ...fields, input: batch, encoding_format: 'base64' };
        const answer = await this.connection.ask<EmbeddingList>({ path: '/v1/embeddings', body }, scope);
        tellUsage(scope, answer.body, answer.headers);
        vectors.push(...readVectors(answer.body, batch.length));
      }
      return vectors;
    });
  }

  models(options?: LlmCallOptions): Promise<Model[]> {
    return this.connection.run(options, async (scope) => {
      const { body } = await this.connection.ask<{ data: Model[] }>({ path: '/v1/models' }, scope);
      return body.data;
    });
  }

  health(options?: LlmCallOptions): Promise<LlmHealth> {
    return this.connection.run(options, async (scope) => {
      const { body } = await this.connection.ask<LlmHealth>({ path: '/health', isBodyOf503: true }, scope);
      return body;
    });
  }

  private withModel(request: LlmChatRequest): LlmChatRequest {
    const model = request.model ?? this.options.defaultModel;
    return model === undefined ? request : { ...request, model };
  }
}

/** A client of one gateway. It holds no connection and needs no end. */
export function createLlmClient(options: LlmClientOptions): LlmClient {
  return new HttpLlmClient(options);
}
