import type { CompletionUsage } from '@mana-llm/openai-api';

/** What a call took, for the books of a caller. */
export interface LlmUsage {
  /** The model that answered. */
  model: string;
  /** Token counts; the fields that a provider adds are kept. */
  usage: CompletionUsage;
  /** In US dollars, where the provider tells it. */
  cost?: number;
  /** The answer came from the cache, or from a call that another request had under way: it cost nothing more. */
  cached: boolean;
}

/** How one call is made. What is left out here is taken from the client's options. */
export interface LlmCallOptions {
  /** Stops the call, and with it the request to the provider. */
  signal?: AbortSignal | undefined;
  /**
   * The most time that the whole call may take, the last byte of a stream included. It goes to the gateway as
   * `x-request-timeout-ms`, which ends the call with its own error; without one the client ends it 250 ms later.
   */
  timeoutMs?: number | undefined;
  /** Goes out as `x-request-id`; the logs of both sides have it. */
  requestId?: string | undefined;
  /** W3C trace context (https://www.w3.org/TR/trace-context/). */
  traceparent?: string | undefined;
  /** Who calls, for the gateway's queue: goes out as `x-mana-llm-caller`. */
  caller?: string | undefined;
  /** Further request headers. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Called once per answer of the gateway that tells its usage. What it throws rejects the call. */
  onUsage?: ((usage: LlmUsage) => void) | undefined;
}

/** Where the gateway is, and what every call has unless the call says otherwise. */
export interface LlmClientOptions extends Omit<LlmCallOptions, 'signal'> {
  /** `http://mana-llm:3025`, with or without `/v1`. */
  baseUrl: string;
  /** Needed where the gateway has `API_KEYS`. */
  apiKey?: string | undefined;
  /** The chat model of requests without one. Left out: the gateway's own default. */
  defaultModel?: string | undefined;
  /** In place of the global `fetch`. */
  fetch?: typeof fetch | undefined;
}

/** The most time for a call whose `timeoutMs` is not set: 5 minutes, as long as Node's `fetch` waits for an answer. */
export const DEFAULT_TIMEOUT_MS = 300_000;

/** What a request that is being handled gives to the calls made meanwhile. */
export type CallContext = Pick<LlmCallOptions, 'requestId' | 'traceparent' | 'timeoutMs'>;

/** A call's options over those of the request that is being handled, and over the client's. Of two limits the shorter one counts. */
export function mergeCallOptions(
  defaults: LlmClientOptions,
  call: LlmCallOptions = {},
  context: CallContext = {},
): LlmCallOptions & { timeoutMs: number } {
  const limitMs = call.timeoutMs ?? defaults.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  return {
    signal: call.signal,
    timeoutMs: Math.min(limitMs, context.timeoutMs ?? limitMs),
    requestId: call.requestId ?? context.requestId ?? defaults.requestId,
    traceparent: call.traceparent ?? context.traceparent ?? defaults.traceparent,
    caller: call.caller ?? defaults.caller,
    headers: { ...defaults.headers, ...call.headers },
    onUsage: call.onUsage ?? defaults.onUsage,
  };
}
