import { isJsonObject, type JsonObject, parseJson } from '@mana-llm/openai-api';
import { lastValueFrom, map, takeWhile, tap } from 'rxjs';
import { inBandError } from '../errors/in-band-error.js';
import { UpstreamError } from '../errors/upstream-error.js';
import { createNdjsonDecoder } from '../transport/ndjson-decoder.js';
import { observeEvents } from '../transport/observe-events.js';
import { UpstreamClient, type UpstreamClientOptions } from '../transport/upstream-client.js';
import { readOllamaError } from './read-ollama-error.js';

/** Pulls one model; `onLine` is told each line of the progress. */
export type PullModel = (model: string, signal: AbortSignal, onLine: (line: JsonObject) => void) => Promise<void>;

const MINUTE_MS = 60_000;
/** Gigabytes come slowly on some lines; while the server checks what it has, it says nothing for minutes. */
const TIMEOUTS = { firstTokenMs: 10 * MINUTE_MS, idleMs: 10 * MINUTE_MS, totalMs: 24 * 60 * MINUTE_MS };

function readLine(data: string, provider: string): JsonObject {
  const fail = (cause?: unknown): never => {
    const message = `${provider} sent a line of progress that cannot be read.`;
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

/** `POST /api/pull` of one server, with clocks of its own: no request waits as long as a pull may take. */
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
    throw new UpstreamError(`${provider} broke off a pull.`, { provider, kind: 'stream_broken' });
  };
  return { pull, close: () => client.close() };
}
