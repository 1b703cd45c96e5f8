import { isJsonObject, type JsonObject, parseJson } from '@mana-llm/openai-api';
import { lastValueFrom, map, takeWhile, tap } from 'rxjs';
import { createNdjsonDecoder } from '@mana-llm/event-streams';
import { UpstreamError } from '../../errors/upstream-error.js';
import { inBandError } from '../../errors/refusal-meaning.js';
import { observeEvents } from '../../transport/observe-events.js';
import { UpstreamClient, type UpstreamClientOptions } from '../../transport/upstream-client.js';
import { readOllamaError } from '../response/read-ollama-error.js';

/** Long enough for a layer or two, short enough for clients that wait at most a minute. */
const RETRY_AFTER_MS = 30_000;
/**
 * What Ollama says of an unknown name: `pull model manifest: file does not exist`; for Hugging Face, a status and a body.
 * (`no such host` is a network failure.)
 */
const NO_SUCH_MODEL =
  /file does not exist|not found|manifest unknown|invalid (?:model )?name|pull model manifest: 40[0134]\b/i;

function loading(provider: string, message: string, cause?: unknown): UpstreamError {
  const fields = { status: 503, code: 'model_loading', param: 'model', retryAfterMs: RETRY_AFTER_MS };
  return new UpstreamError(message, { provider, kind: 'refused', ...fields, cause });
}

/** The error of a caller whose wait for a pull was ended by `reason`: 503 for a timeout, else the reason itself. */
export function modelLoading(provider: string, model: string, reason: Error): Error {
  if (!(reason instanceof UpstreamError) || reason.kind !== 'timeout') return reason;
  return loading(provider, `The model '${model}' is being pulled by ${provider}. Try again later.`, reason);
}

export function tooManyPulls(provider: string, model: string): UpstreamError {
  const message = `The model '${model}' is not on ${provider} yet, and other models are being pulled. Try again later.`;
  return loading(provider, message);
}

/** 404 for an unknown name; for any other failure 502, since a retry may help. */
export function pullFailed(provider: string, model: string, error: unknown): UpstreamError {
  const own = error instanceof Error ? error.message : String(error);
  const words = (error instanceof UpstreamError ? error.callerMessage : undefined) ?? own;
  const callerMessage = `The model '${model}' is not on ${provider} and could not be pulled: ${words}`;
  const fields = NO_SUCH_MODEL.test(words)
    ? { status: 404, type: 'invalid_request_error', code: 'model_not_found', param: 'model' }
    : { status: 502 };
  const message = `A model is not on ${provider} and could not be pulled: ${own}`;
  return new UpstreamError(message, { provider, kind: 'refused', ...fields, callerMessage, cause: error });
}

interface PullProgress {
  percent: number;
  totalBytes: number;
}

const STEP_PERCENT = 10;
const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0);

/**
 * Reads the lines of `/api/pull`, which count the bytes of each layer by its digest. Returns the progress of all layers known
 * by now each time that another tenth is reached, else undefined.
 */
export function createPullProgressReader(): (line: JsonObject) => PullProgress | undefined {
  const layers = new Map<string, { total: number; completed: number }>();
  let lastPercent = 0;
  return ({ digest, total, completed }) => {
    if (typeof digest !== 'string') return undefined;
    layers.set(digest, { total: numberOf(total), completed: numberOf(completed) });
    const sum = { total: 0, completed: 0 };
    for (const layer of layers.values()) {
      sum.total += layer.total;
      sum.completed += layer.completed;
    }
    const share = sum.total === 0 ? 0 : sum.completed / sum.total;
    const percent = Math.min(100, Math.floor((share * 100) / STEP_PERCENT) * STEP_PERCENT);
    if (percent <= lastPercent) return undefined;
    lastPercent = percent;
    return { percent, totalBytes: sum.total };
  };
}

/** Pulls one model; `onLine` gets each line of the progress. */
export type PullModel = (model: string, signal: AbortSignal, onLine: (line: JsonObject) => void) => Promise<void>;

const MINUTE_MS = 60_000;
/** Gigabytes take long on some networks. While the server verifies its files, it sends nothing for minutes. */
const TIMEOUTS = { firstTokenMs: 10 * MINUTE_MS, idleMs: 10 * MINUTE_MS, totalMs: 24 * 60 * MINUTE_MS };

function readLine(data: string, provider: string): JsonObject {
  const fail = (cause?: unknown): never => {
    const message = `${provider} sent a progress line that cannot be read.`;
    throw new UpstreamError(message, { provider, kind: 'bad_response', cause });
  };
  let line: unknown;
  try {
    line = parseJson(data);
  } catch (cause) {
    return fail(cause);
  }
  if (!isJsonObject(line)) return fail();
  const error = inBandError(line, provider);
  if (error !== undefined) throw error;
  return line;
}

const isDone = ({ status }: JsonObject): boolean => status === 'success';

export interface ModelPulls {
  pull: PullModel;
  close: () => Promise<void>;
}

/** `POST /api/pull` of one server, with timeouts of its own: a pull may take longer than any request waits. */
export function createModelPulls(options: Omit<UpstreamClientOptions, 'query' | 'readError'>): ModelPulls {
  const { provider, timeouts } = options;
  const client = new UpstreamClient({
    ...options,
    query: {},
    timeouts: { ...timeouts, ...TIMEOUTS },
    readError: readOllamaError,
  });
  const pull: PullModel = async (model, signal, onLine) => {
    const call = client.startCall({ signal, requestId: 'model-pull' }, 'stream');
    const source = await client.openStream('/api/pull', { model, stream: true }, call);
    call.contentSeen();
    const lines$ = observeEvents(source, createNdjsonDecoder(source.limits.maxBytes)).pipe(
      map(({ data }) => readLine(data, provider)),
      takeWhile((line) => !isDone(line), true),
      tap((line) => (isDone(line) ? call.complete() : onLine(line))),
    );
    if (isDone(await lastValueFrom(lines$, { defaultValue: {} }))) return;
    throw new UpstreamError(`${provider} ended a pull before it was complete.`, { provider, kind: 'stream_broken' });
  };
  return { pull, close: () => client.close() };
}
