import { ApiError, JsonLimitError, parseJson, type ParseJsonOptions, stringifyJson } from '@mana-llm/openai-api';
import axios, { type AxiosInstance } from 'axios';
import type { CallContext } from '../call-context.js';
import { UpstreamError } from '../errors/upstream-error.js';
import { type AnswerLimits, DEFAULT_ANSWER_LIMITS, type ProviderTimeouts } from '../provider-settings.js';
import type { AnswerBody } from './answer-body.js';
import type { AnswerForm } from './call-limits.js';
import { connectionError } from './connection-error.js';
import { createDispatcher } from './create-dispatcher.js';
import { inflateBody } from './inflate-body.js';
import { type EventSource } from './observe-events.js';
import { readBody } from './read-body.js';
import { retryAfterMs } from './retry-after.js';
import { type Dispatchers, sendRequest } from './send-request.js';
import { createUndiciAdapter } from './undici-adapter.js';
import { UpstreamCall } from './upstream-call.js';
import type { UpstreamAnswer } from './upstream-exchange.js';

/** What an adapter reads out of an error answer. `status` is given where the body knows better than the HTTP status. */
export interface ReadError {
  /** Left out: the provider has said nothing that a caller could read. */
  message?: string | undefined;
  status?: number | undefined;
  type?: string | null;
  code?: string | null;
  param?: string | null;
  /** How long the body asks to wait; a header goes before it. */
  retryAfterMs?: number | undefined;
}

export interface UpstreamClientOptions {
  provider: string;
  /** Without a slash at the end. */
  baseUrl: string;
  headers: Record<string, string>;
  query: Record<string, string>;
  timeouts: ProviderTimeouts;
  /** Left out: `DEFAULT_ANSWER_LIMITS`. */
  answerLimits?: AnswerLimits;
  readError: (status: number, body: string) => ReadError;
}

const MAX_ERROR_BYTES = 64 * 1024;

/** A limit of the door may be set deeper than `JSON.stringify` can write. */
function toJson(body: object): string {
  try {
    return stringifyJson(body);
  } catch (cause) {
    throw cause instanceof RangeError ? ApiError.invalidRequest('The request is nested too deeply.') : cause;
  }
}

const plainBody = ({ body, headers }: UpstreamAnswer): AnswerBody => inflateBody(body, headers['content-encoding']);

/** What an error says; nothing where that cannot be read. */
async function readErrorText(response: UpstreamAnswer): Promise<string> {
  try {
    return await readBody(plainBody(response), MAX_ERROR_BYTES);
  } catch {
    return '';
  }
}

interface Outgoing {
  method: 'GET' | 'POST';
  path: string;
  body?: object;
}

/** How the answer to one request is read; `timeouts` in place of the client's own. */
export interface AnswerReading extends Pick<ParseJsonOptions, 'exactIntegers'> {
  timeouts?: ProviderTimeouts;
}

/** One provider's HTTP: the only user of the HTTP client. Everything it throws is an `UpstreamError` or an abort reason. */
export class UpstreamClient {
  private readonly answerLimits: AnswerLimits;
  private readonly http: AxiosInstance;
  private readonly postHeaders: Record<string, string>;
  private readonly origin: string;
  private readonly toPath: (path: string) => string;
  private readonly dispatchers: Dispatchers;

  constructor(private readonly options: UpstreamClientOptions) {
    this.answerLimits = options.answerLimits ?? DEFAULT_ANSWER_LIMITS;
    const { connectMs } = options.timeouts;
    // Without this header a server may choose any coding, and inflating costs time.
    const headers = { 'user-agent': 'mana-llm', 'accept-encoding': 'identity', ...options.headers };
    this.postHeaders = { ...headers, 'content-type': 'application/json' };
    const { origin, pathname } = new URL(options.baseUrl);
    const query = new URLSearchParams(options.query).toString();
    this.origin = origin;
    this.toPath = (path) => `${pathname === '/' ? '' : pathname}${path}${query && `?${query}`}`;
    this.dispatchers = { kept: createDispatcher(connectMs), new: createDispatcher(connectMs, 'new') };
    this.http = axios.create({
      headers,
      validateStatus: null,
      transformRequest: [],
      transformResponse: [],
    });
  }

  startCall(context: CallContext, form: AnswerForm, timeouts = this.options.timeouts): UpstreamCall {
    return new UpstreamCall({ provider: this.options.provider, timeouts, context, form });
  }

  /** Sends JSON and reads a JSON answer whole. */
  postJson(path: string, body: object, context: CallContext, reading?: AnswerReading): Promise<unknown> {
    return this.readJson({ method: 'POST', path, body }, context, reading);
  }

  getJson(path: string, context: CallContext): Promise<unknown> {
    return this.readJson({ method: 'GET', path }, context);
  }

  /** Sends JSON and opens the answer as a stream, whatever it says it is; `call` is ended when that fails. */
  async openStream(path: string, body: object, call: UpstreamCall): Promise<EventSource> {
    const { provider } = this.options;
    const toError = (error: unknown): unknown => this.toError(error, call, true);
    try {
      const response = await this.send({ method: 'POST', path, body }, call);
      return { provider, body: plainBody(response), call, limits: this.answerLimits, toError };
    } catch (error) {
      call.end();
      throw toError(error);
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.dispatchers.kept.destroy(), this.dispatchers.new.destroy()]);
  }

  private async readJson(
    outgoing: Outgoing,
    context: CallContext,
    { timeouts, exactIntegers = true }: AnswerReading = {},
  ): Promise<unknown> {
    const { provider } = this.options;
    const { maxBytes, maxDepth } = this.answerLimits;
    const call = this.startCall(context, 'buffered', timeouts);
    try {
      const response = await this.send(outgoing, call);
      const text = await readBody(plainBody(response), maxBytes);
      return parseJson(text, { maxDepth, exactIntegers });
    } catch (error) {
      const isDeep = error instanceof JsonLimitError;
      if (!isDeep && !(error instanceof SyntaxError)) throw this.toError(error, call, true);
      const what = isDeep ? `an answer that cannot be read: ${error.message}` : 'something that is not JSON';
      throw new UpstreamError(`${provider} answered with ${what}.`, { provider, kind: 'bad_response', cause: error });
    } finally {
      call.end();
    }
  }

  /** Resolves with an answer of status 2xx whose body is still to be read. */
  private async send(outgoing: Outgoing, call: UpstreamCall): Promise<UpstreamAnswer> {
    const answer = await this.ask(outgoing, call).catch((error: unknown) => {
      throw this.toError(error, call, false);
    });
    if (answer.status < 200 || answer.status > 299) throw await this.refusal(answer);
    return answer;
  }

  /** axios takes longer than all the rest of a model's call (docs/decisions/0001-axios-over-undici.md): it asks for what is not hot. */
  private async ask({ method, path, body }: Outgoing, call: UpstreamCall): Promise<UpstreamAnswer> {
    const { origin, dispatchers } = this;
    const pathAndQuery = this.toPath(path);
    if (body !== undefined) {
      const outgoing = { method, origin, path: pathAndQuery, headers: this.postHeaders, body: toJson(body) };
      return sendRequest(dispatchers, outgoing, call);
    }
    const { data, status, headers } = await this.http.request<AnswerBody>({
      method,
      url: origin + pathAndQuery,
      adapter: createUndiciAdapter(dispatchers, call),
    });
    return { status, headers: headers as UpstreamAnswer['headers'], body: data };
  }

  private async refusal(response: UpstreamAnswer): Promise<UpstreamError> {
    const { provider, readError } = this.options;
    const { status, headers } = response;
    const text = await readErrorText(response);
    const { message: callerMessage, ...read } = readError(status, text);
    const waitMs = retryAfterMs(headers) ?? read.retryAfterMs;
    return UpstreamError.refused({
      ...read,
      provider,
      callerMessage,
      status: read.status ?? status,
      retryAfterMs: waitMs,
    });
  }

  private toError(error: unknown, call: UpstreamCall, hasAnswered: boolean): unknown {
    const { provider, timeouts } = this.options;
    return connectionError(error, { provider, call, connectMs: timeouts.connectMs, hasAnswered });
  }
}
