import { ApiError, JsonLimitError, parseJson, type ParseJsonOptions, stringifyJson } from '@mana-llm/openai-api';
import axios, { type AxiosInstance } from 'axios';
import type { CallContext } from '../call-context.js';
import { UpstreamError } from '../errors/upstream-error.js';
import { type AnswerLimits, DEFAULT_ANSWER_LIMITS, type ProviderTimeouts } from '../provider-settings.js';
import { type AnswerBody, readBody } from './answer-body.js';
import type { AnswerForm } from './call-limits.js';
import { connectionError } from './connection-error.js';
import { createDispatcher } from './create-dispatcher.js';
import { type EventSource } from './observe-events.js';
import { createUndiciAdapter, type Dispatchers, sendRequest } from './undici-requests.js';
import { UpstreamCall } from './upstream-call.js';
import type { UpstreamAnswer } from './upstream-exchange.js';
import { plainBody, type ReadError, readRefusal } from './upstream-refusal.js';

/** One server of a provider, and how to speak to it. */
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

/** `limits.jsonDepth` may be set deeper than `JSON.stringify` can write. */
function toJson(body: object): string {
  try {
    return stringifyJson(body);
  } catch (cause) {
    throw cause instanceof RangeError ? ApiError.invalidRequest('The request is nested too deeply.') : cause;
  }
}

/** A request to the provider: with `json`, with `raw` or without a body. */
export interface OutgoingRequest {
  method: 'GET' | 'POST';
  /** Behind the base URL. */
  path: string;
  json?: object;
  /** A body that is not JSON: a text or bytes. */
  raw?: { content: string | Uint8Array; contentType: string };
}

/** How the answer to one request is read. `timeouts` replace the client's own. */
export interface AnswerReading extends Pick<ParseJsonOptions, 'exactIntegers'> {
  timeouts?: ProviderTimeouts;
}

/** HTTP to one server of a provider. Everything that it throws is an `UpstreamError`, an `ApiError` or an abort reason. */
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
    // Without `accept-encoding` a server may choose any coding, and inflating costs time.
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
    return this.readJson({ method: 'POST', path, json: body }, context, reading);
  }

  getJson(path: string, context: CallContext): Promise<unknown> {
    return this.readJson({ method: 'GET', path }, context);
  }

  /** Sends JSON and opens the answer as a stream, whatever it says it is; `call` is ended when that fails. */
  async openStream(path: string, body: object, call: UpstreamCall): Promise<EventSource> {
    const { provider } = this.options;
    const toError = (error: unknown): unknown => this.toError(error, call, true);
    try {
      const response = await this.send({ method: 'POST', path, json: body }, call);
      return { provider, body: plainBody(response), call, limits: this.answerLimits, toError };
    } catch (error) {
      call.end();
      throw toError(error);
    }
  }

  /** Resolves with an answer of status 2xx, its body still to be read and perhaps compressed. Whoever calls it ends `call`. */
  async send(outgoing: OutgoingRequest, call: UpstreamCall): Promise<UpstreamAnswer> {
    const answer = await this.ask(outgoing, call).catch((error: unknown) => {
      throw this.toError(error, call, false);
    });
    if (answer.status < 200 || answer.status > 299) throw await readRefusal(answer, this.options);
    return answer;
  }

  async close(): Promise<void> {
    await Promise.all([this.dispatchers.kept.destroy(), this.dispatchers.new.destroy()]);
  }

  private async readJson(
    outgoing: OutgoingRequest,
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

  /** axios takes longer than all the rest of a model's call (docs/decisions/0001-axios-over-undici.md): only requests without a body use it. */
  private async ask({ method, path, json, raw }: OutgoingRequest, call: UpstreamCall): Promise<UpstreamAnswer> {
    const { origin, dispatchers } = this;
    const pathAndQuery = this.toPath(path);
    if (json !== undefined) {
      const request = { method, origin, path: pathAndQuery, headers: this.postHeaders, body: toJson(json) };
      return sendRequest(dispatchers, request, call);
    }
    if (raw !== undefined) {
      const headers = { ...this.postHeaders, 'content-type': raw.contentType };
      return sendRequest(dispatchers, { method, origin, path: pathAndQuery, headers, body: raw.content }, call);
    }
    const { data, status, headers } = await this.http.request<AnswerBody>({
      method,
      url: origin + pathAndQuery,
      adapter: createUndiciAdapter(dispatchers, call),
    });
    return { status, headers: headers as UpstreamAnswer['headers'], body: data };
  }

  private toError(error: unknown, call: UpstreamCall, hasAnswered: boolean): unknown {
    const { provider, timeouts } = this.options;
    return connectionError(error, { provider, call, connectMs: timeouts.connectMs, hasAnswered });
  }
}
