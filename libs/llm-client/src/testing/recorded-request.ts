import type { ChatCompletionRequest, ChatMessage, EmbeddingRequest } from '@mana-llm/openai-api';
import { isCorrection } from '../object.js';

/** What the fake saw of one request. */
export interface FakeLlmRequest {
  readonly method: string;
  /** Without the query: `/v1/chat/completions`. */
  readonly path: string;
  /** Names in small letters, such as `x-request-timeout-ms`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed where it is JSON, else the text; undefined where there was none. */
  readonly body: unknown;
  /** The client left before the whole answer was sent. */
  readonly aborted: boolean;
  /** Resolves when the client leaves before the whole answer was sent, and never otherwise. */
  readonly gone: Promise<void>;
}

/** A request for a chat answer. */
export interface FakeChatRequest extends FakeLlmRequest {
  readonly body: ChatCompletionRequest;
  /** The last text of the user. */
  readonly text: string;
}

/** A request for vectors. */
export interface FakeEmbeddingRequest extends FakeLlmRequest {
  readonly body: EmbeddingRequest;
  readonly texts: readonly string[];
}

/** A request as it comes in, whoever takes it. */
export type IncomingRequest = Pick<FakeLlmRequest, 'method' | 'path' | 'headers'> & { sent: string };

/** `FakeLlmRequest` while it is under way. */
export class RecordedRequest implements FakeLlmRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly gone: Promise<void>;
  aborted = false;
  readonly #leaving = new AbortController();
  #isAnswered = false;
  #resolveGone!: () => void;

  constructor({ method, path, headers, sent }: IncomingRequest) {
    this.method = method;
    this.path = path;
    this.headers = headers;
    this.body = parse(sent);
    this.gone = new Promise((resolve) => (this.#resolveGone = resolve));
  }

  /** Aborts when the client leaves. */
  get signal(): AbortSignal {
    return this.#leaving.signal;
  }

  /** All of the answer is with the client. */
  markAnswered(): void {
    this.#isAnswered = true;
  }

  leave(reason: unknown): void {
    if (this.#isAnswered) return;
    this.aborted = true;
    this.#resolveGone();
    this.#leaving.abort(reason);
  }
}

function parse(sent: string): unknown {
  if (sent === '') return undefined;
  try {
    return JSON.parse(sent);
  } catch {
    return sent;
  }
}

function textOfMessage({ content }: ChatMessage): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map(({ text }) => text ?? '').join('');
}

/** What the user asked last. That `object()` asks once more is no other question. */
function lastUserText(messages: ChatMessage[]): string {
  const texts = messages.filter(({ role }) => role === 'user').map(textOfMessage);
  return texts.findLast((text) => !isCorrection(text)) ?? '';
}

/** A list of tokens stands for a text. */
function inputTexts(input: EmbeddingRequest['input']): string[] {
  if (typeof input === 'string') return [input];
  const isOne = typeof input[0] === 'number';
  const inputs: (string | number[])[] = isOne ? [input as number[]] : (input as (string | number[])[]);
  return inputs.map((one) => (typeof one === 'string' ? one : one.join(' ')));
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** The request as one for a chat answer; undefined where its body is none. */
export function toChatRequest(request: FakeLlmRequest): FakeChatRequest | undefined {
  const { messages } = (request.body ?? {}) as Partial<ChatCompletionRequest>;
  if (!Array.isArray(messages) || !messages.every(isObject)) return undefined;
  return Object.assign(request as FakeChatRequest, { text: lastUserText(messages) });
}

/** The request as one for vectors; undefined where its body is none. */
export function toEmbeddingRequest(request: FakeLlmRequest): FakeEmbeddingRequest | undefined {
  const { input } = (request.body ?? {}) as Partial<EmbeddingRequest>;
  if (typeof input !== 'string' && !Array.isArray(input)) return undefined;
  return Object.assign(request as FakeEmbeddingRequest, { texts: inputTexts(input) });
}
