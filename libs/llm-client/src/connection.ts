import { type CallContext, type LlmCallOptions, type LlmClientOptions, mergeCallOptions } from './call-options.js';
import { CallScope, isConnectionRefused } from './call-scope.js';
import { errorFromResponse } from './error-from-answer.js';
import { LlmUnavailableError } from './errors.js';

/** A gateway that starts again is back soon, or it is not. */
const RETRY_DELAY_MS = 100;

interface Outgoing {
  path: string;
  body?: unknown;
  accept?: string;
  /** A 503 is an answer too. */
  isBodyOf503?: boolean;
}

function isSet(entry: [string, string | undefined]): entry is [string, string] {
  return entry[1] !== undefined;
}

/** The root of the gateway's routes: `https://host/prefix` for `https://host/prefix/v1/`. */
function rootOf(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(`baseUrl must be a URL such as http://mana-llm:3025, and is ${JSON.stringify(baseUrl)}.`);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '').replace(/\/v1$/, '')}`;
}

/** Sends calls to one gateway. */
export class Connection {
  private readonly root: string;

  constructor(
    private readonly options: LlmClientOptions,
    private readonly readContext?: () => CallContext,
  ) {
    this.root = rootOf(options.baseUrl);
  }

  /** Begins a call. Whoever begins it ends it. */
  open(call?: LlmCallOptions): CallScope {
    return new CallScope(this.merge(call));
  }

  /** Runs what needs no more than one call. What it throws is an `LlmError`. */
  async run<T>(call: LlmCallOptions | undefined, use: (scope: CallScope) => Promise<T>): Promise<T> {
    const scope = this.open(call);
    try {
      return await use(scope);
    } finally {
      scope.end();
    }
  }

  /** For several calls under one limit: each time it is called, what is left of it. */
  untilDeadline(call: LlmCallOptions): () => number {
    const endMs = performance.now() + this.merge(call).timeoutMs;
    return () => Math.max(1, endMs - performance.now());
  }

  /** The whole answer as JSON. */
  async ask<T>(outgoing: Outgoing, scope: CallScope): Promise<{ body: T; headers: Headers }> {
    const response = await this.send(outgoing, scope);
    const requestId = response.headers.get('x-request-id') ?? undefined;
    const text = await response.text().catch((error: unknown) => {
      throw Object.assign(scope.toError(error), { requestId });
    });
    try {
      return { body: JSON.parse(text) as T, headers: response.headers };
    } catch (cause) {
      const message = `The answer to ${outgoing.path} is not JSON. Check that baseUrl is a mana-llm gateway.`;
      throw new LlmUnavailableError(message, { status: response.status, code: 'bad_response', requestId, cause });
    }
  }

  /** The head of an answer with a good status; its body is still to be read. */
  async send(outgoing: Outgoing, scope: CallScope): Promise<Response> {
    let response: Response;
    try {
      response = await this.fetchOnceMore(outgoing, scope);
    } catch (error) {
      throw scope.toError(error);
    }
    const isAnswer = response.ok || (response.status === 503 && outgoing.isBodyOf503 === true);
    if (isAnswer) return response;
    throw await errorFromResponse(response);
  }

  /** The gateway repeats what can be repeated. Only a call that never reached it is repeated here. */
  private async fetchOnceMore(outgoing: Outgoing, scope: CallScope): Promise<Response> {
    try {
      return await this.fetch(outgoing, scope);
    } catch (error) {
      if (!isConnectionRefused(error)) throw error;
      await scope.pause(RETRY_DELAY_MS);
      return this.fetch(outgoing, scope);
    }
  }

  private fetch({ path, body, accept }: Outgoing, scope: CallScope): Promise<Response> {
    // Read at each call, so that what replaces the global one later is used too.
    const send = this.options.fetch ?? globalThis.fetch;
    return send(`${this.root}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: this.headers(scope, accept, body !== undefined),
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: scope.signal,
    });
  }

  private headers(scope: CallScope, accept: string | undefined, hasBody: boolean): Headers {
    const { caller, requestId, traceparent, headers } = scope.options;
    const { apiKey } = this.options;
    const own = Object.entries({
      accept: accept ?? 'application/json',
      'content-type': hasBody ? 'application/json' : undefined,
      authorization: apiKey === undefined ? undefined : `Bearer ${apiKey}`,
      'x-mana-llm-caller': caller,
      'x-request-id': requestId,
      traceparent,
      'x-request-timeout-ms': String(scope.remainingMs()),
    }).filter(isSet);
    const all = new Headers(own);
    for (const [name, value] of Object.entries(headers ?? {})) all.set(name, value);
    return all;
  }

  private merge(call: LlmCallOptions | undefined): LlmCallOptions & { timeoutMs: number } {
    return mergeCallOptions(this.options, call, this.readContext?.());
  }
}
