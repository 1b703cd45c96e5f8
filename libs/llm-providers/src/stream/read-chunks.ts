import {
  type ChatCompletionChunk,
  isJsonObject,
  type JsonObject,
  JsonLimitError,
  parseJson,
} from '@mana-llm/openai-api';
import { Observable } from 'rxjs';
import { inBandError } from '../errors/in-band-error.js';
import { UpstreamError } from '../errors/upstream-error.js';
import { type EventSource, observeEvents } from '../http/observe-events.js';
import type { CreateDecoder, ServerEvent } from '../http/server-event.js';
import type { ChunkNormalizer } from './chunk-normalizer.js';
import { subscribeGuarded } from './subscribe-guarded.js';

/** What one event of a provider's stream says. */
export interface ReadEvent {
  /** A chunk, loosely in OpenAI's shape. */
  raw?: JsonObject;
  /** The provider's own end marker. */
  isEnd?: boolean;
}

export interface ChunkFormat {
  createDecoder: CreateDecoder;
  normalizer: ChunkNormalizer;
  /** Reads the parsed JSON of one event; `[DONE]` never gets here. */
  read: (parsed: JsonObject) => ReadEvent;
  /** True for a provider known to end its streams without a marker: then a clean end of the body is the end. */
  endsWithoutMarker?: boolean;
}

function readEvent({ data, type }: ServerEvent, { provider, limits }: EventSource, format: ChunkFormat): ReadEvent {
  if (data.trim() === '[DONE]') return { isEnd: true };
  let parsed: unknown;
  try {
    parsed = parseJson(data, limits);
  } catch (cause) {
    const why = cause instanceof JsonLimitError ? `: ${cause.message}` : '';
    throw new UpstreamError(`${provider} sent an event that cannot be read${why}.`, {
      provider,
      kind: 'bad_response',
      cause,
    });
  }
  if (!isJsonObject(parsed)) {
    throw new UpstreamError(`${provider} sent an event that is no object.`, { provider, kind: 'bad_response' });
  }
  const error = inBandError(type === 'error' && parsed['error'] === undefined ? { error: parsed } : parsed, provider);
  if (error !== undefined) throw error;
  return format.read(parsed);
}

/**
 * The chunks of a provider's stream, in OpenAI's shape and under the stream contract. Completes when the end marker has come,
 * and errors when the body ends, breaks or says something unreadable before it.
 */
export function readChunks(source: EventSource, format: ChunkFormat): Observable<ChatCompletionChunk> {
  const { provider, call } = source;
  const { normalizer } = format;
  return new Observable((subscriber) => {
    const emit = (chunks: ChatCompletionChunk[]): void => {
      for (const chunk of chunks) subscriber.next(chunk);
    };
    const finish = (): void => {
      emit(normalizer.end());
      call.complete();
      subscriber.complete();
    };
    return subscribeGuarded(observeEvents(source, format.createDecoder), {
      next: (event) => {
        const { raw, isEnd } = readEvent(event, source, format);
        if (raw !== undefined) emit(normalizer.push(raw));
        if (isEnd) finish();
      },
      error: (error) => subscriber.error(error),
      complete: () => {
        if (format.endsWithoutMarker) return finish();
        throw new UpstreamError(`${provider} ended its stream without its end marker.`, {
          provider,
          kind: 'stream_broken',
        });
      },
    });
  });
}
