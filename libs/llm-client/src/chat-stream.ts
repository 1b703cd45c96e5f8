import type { ChatCompletion, ChatCompletionChunk } from '@mana-llm/openai-api';
import type { CallScope } from './call-scope.js';
import { errorFromFrame, readErrorFields } from './error-from-answer.js';
import { LlmAbortError, LlmError, type LlmErrorDetails, LlmStreamBrokenError } from './errors.js';
import { CompletionFold } from './fold-chunks.js';
import { readEvents } from './read-events.js';

/** How long the end of a connection is waited for that has given its whole answer. */
const AFTER_DONE_MS = 100;

/** A streamed answer. It is asked for when it is first read, and can be read once. */
export interface LlmStream<T> extends AsyncIterable<T> {
  /**
   * The whole answer, when the stream has ended. Reads the stream where no loop does. Rejects where the loop throws, and
   * with `LlmAbortError` where the loop was left.
   */
  completion(): Promise<ChatCompletion>;
  /** Stops the answer, and with it the request to the provider: the loop throws `LlmAbortError`. Leaving the loop does the same. */
  abort(): void;
}

/** What a stream needs of the call that it belongs to. */
export interface StreamSource {
  open(): CallScope;
  send(scope: CallScope): Promise<Response>;
  /** Called with the whole answer. What it throws is thrown as it is. */
  onWhole(scope: CallScope, completion: ChatCompletion, headers: Headers): void;
  /** Whether the reader gets the frame that has nothing but the usage. */
  givesUsageFrame: boolean;
}

interface Outcome {
  promise: Promise<ChatCompletion>;
  resolve(completion: ChatCompletion): void;
  reject(error: unknown): void;
}

function createOutcome(): Outcome {
  let settle!: Omit<Outcome, 'promise'>;
  const promise = new Promise<ChatCompletion>((resolve, reject) => (settle = { resolve, reject }));
  // A reader of the loop learns of a failure there, and need not ask for `completion()`.
  promise.catch(() => undefined);
  return { promise, ...settle };
}

/** `LlmStream` over the frames of `POST /v1/chat/completions` (the gateway's docs/streams.md). */
export class ChatStream implements LlmStream<ChatCompletionChunk> {
  private readonly fold = new CompletionFold();
  private readonly outcome = createOutcome();
  private scope: CallScope | undefined;
  private response: Response | undefined;
  private isRead = false;
  private isStopped = false;
  private isWhole = false;

  constructor(private readonly source: StreamSource) {}

  [Symbol.asyncIterator](): AsyncGenerator<ChatCompletionChunk, void, undefined> {
    if (this.isRead) throw new TypeError('A stream can be read once. Ask for the answer again.');
    this.isRead = true;
    return this.read();
  }

  completion(): Promise<ChatCompletion> {
    // Later, so that a loop that begins right after this call is the reader.
    queueMicrotask(() => void (this.isRead || this.drain()));
    return this.outcome.promise;
  }

  abort(): void {
    this.isStopped = true;
    this.scope?.abort();
  }

  private async drain(): Promise<void> {
    try {
      for await (const _ of this);
    } catch {
      // The outcome has it.
    }
  }

  private async *read(): AsyncGenerator<ChatCompletionChunk, void, undefined> {
    const scope = this.source.open();
    this.scope = scope;
    if (this.isStopped) scope.abort();
    try {
      this.response = await this.source.send(scope);
      yield* this.chunks(this.response, scope);
      const completion = this.fold.toCompletion();
      this.isWhole = true;
      this.source.onWhole(scope, completion, this.response.headers);
      this.outcome.resolve(completion);
    } catch (error) {
      const failure = this.isWhole ? error : this.toError(error, scope);
      this.outcome.reject(failure);
      throw failure;
    } finally {
      scope.end();
      // Without effect where the stream came to an end of its own.
      this.outcome.reject(new LlmAbortError('The stream was left before its end.', this.details()));
    }
  }

  /** The chunks up to `[DONE]`. What follows it is read for a while, so that the connection can serve the next call, and is not looked at. */
  private async *chunks(response: Response, scope: CallScope): AsyncGenerator<ChatCompletionChunk, void, undefined> {
    let isDone = false;
    try {
      for await (const { data } of readEvents(response, scope)) {
        if (data === '[DONE]' && !isDone) scope.abortAfter(AFTER_DONE_MS);
        isDone ||= data === '[DONE]';
        if (isDone) continue;
        const chunk = this.take(data);
        if (chunk.choices.length > 0 || this.source.givesUsageFrame) yield chunk;
      }
    } catch (error) {
      if (!isDone) throw error;
    }
    if (!isDone) throw this.broken('The stream ended without [DONE].');
    if (!this.fold.isWhole) throw this.broken('The stream ended without a finish_reason.');
  }

  private take(data: string): ChatCompletionChunk {
    const frame = this.parse(data);
    const error = readErrorFields(frame);
    if (error !== undefined) throw errorFromFrame(error, this.details());
    if (!Array.isArray(frame.choices)) throw this.broken('A frame of the stream is not a chunk of a chat answer.');
    this.fold.add(frame);
    return frame;
  }

  private parse(data: string): ChatCompletionChunk {
    let frame: unknown;
    try {
      frame = JSON.parse(data);
    } catch (cause) {
      throw this.broken('A frame of the stream is not JSON.', cause);
    }
    if (typeof frame !== 'object' || frame === null) throw this.broken('A frame of the stream is not an object.');
    return frame as ChatCompletionChunk;
  }

  private broken(message: string, cause?: unknown): LlmStreamBrokenError {
    return new LlmStreamBrokenError(message, { ...this.details(), code: 'stream_broken', cause });
  }

  private details(): LlmErrorDetails {
    const requestId = this.response?.headers.get('x-request-id') ?? undefined;
    return { status: this.response?.status, requestId, partialText: this.fold.text };
  }

  /** Before the head of the answer nothing is broken: there the error says what the call says. */
  private toError(error: unknown, scope: CallScope): LlmError {
    if (this.response === undefined) return scope.toError(error);
    if (LlmStreamBrokenError.isInstance(error)) return error;
    if (scope.signal.aborted || LlmError.isInstance(error)) {
      const { partialText, requestId } = this.details();
      return Object.assign(scope.toError(error), { partialText, requestId });
    }
    return this.broken('The connection broke before the stream was whole.', error);
  }
}
