import { isJsonObject, type JsonObject, parseJson } from '@mana-llm/openai-api';
import { lastValueFrom, map, takeWhile, tap } from 'rxjs';
import { inBandError } from '../../errors/in-band-error.js';
import { UpstreamError } from '../../errors/upstream-error.js';
import { createNdjsonDecoder } from '@mana-llm/event-streams';
import { observeEvents } from '../../transport/observe-events.js';
import { UpstreamClient, type UpstreamClientOptions } from '../../transport/upstream-client.js';
import { readOllamaError } from '../response/read-ollama-error.js';

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
