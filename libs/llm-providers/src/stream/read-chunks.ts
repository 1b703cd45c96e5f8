import {
  type ChatCompletionChunk,
  isJsonObject,
  isNothing,
  JsonLimitError,
  type JsonObject,
  parseJson,
} from '@mana-llm/openai-api';
import { Observable } from 'rxjs';
import { type CreateDecoder, eventsOf, type ServerEvent } from '@mana-llm/event-streams';
import { inBandError } from '../errors/refusal-meaning.js';
import { UpstreamError } from '../errors/upstream-error.js';
import { type EventSource, observeEvents } from '../transport/observe-events.js';
import type { ChunkNormalizer } from './chunk-normalizer.js';
import { subscribeGuarded } from './guarded-observers.js';
import { TextChunks } from './text-chunks.js';

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
  /** Reads the parsed JSON of one event, or of a body that is no stream; `[DONE]` and signs of life never get here. */
  read: (parsed: JsonObject, isWhole: boolean) => ReadEvent;
  /** True for a provider known to end its streams without a marker: then a clean end of the body is the end. */
  endsWithoutMarker?: boolean;
}

/**
 * Events that say that the server is still there, by their name or the `type` in their data
 * (https://platform.claude.com/docs/en/build-with-claude/streaming#ping-events).
 */
const KEEP_ALIVES = new Set<unknown>(['ping', 'keepalive', 'keep-alive', 'heartbeat']);

/** Chunks have no name and no `type`. What has one and no choices is about something else than the answer. */
function isNoChunk(parsed: JsonObject, eventName: string | undefined): boolean {
  const { type, choices, usage } = parsed;
  const isNamed = eventName !== undefined && eventName !== 'message';
  if (!isNamed && !KEEP_ALIVES.has(type)) return false;
  return (choices === undefined || isNothing(choices)) && !isJsonObject(usage);
}

function parseEvent({ data, isWhole }: ServerEvent, { provider, limits }: EventSource): JsonObject {
  const unreadable = (what: string, cause?: unknown): UpstreamError => {
    const message = isWhole ? `${provider} did not answer with a stream.` : `${provider} sent an event that ${what}.`;
    return new UpstreamError(message, { provider, kind: 'bad_response', cause });
  };
  let parsed: unknown;
  try {
    parsed = parseJson(data, limits);
  } catch (cause) {
    const why = cause instanceof JsonLimitError ? `: ${cause.message}` : '';
    throw unreadable(`cannot be read${why}`, cause);
  }
  if (!isJsonObject(parsed)) throw unreadable('is no object');
  return parsed;
}

function readEvent(event: ServerEvent, source: EventSource, format: ChunkFormat): ReadEvent {
  const { type, isWhole = false } = event;
  const text = event.data.trim();
  if (text === '[DONE]') return { isEnd: true };
  // `data:` alone is sent to keep a connection open.
  if (text === '' || KEEP_ALIVES.has(type)) return {};
  const { provider } = source;
  const parsed = parseEvent(event, source);
  const error =
    inBandError(parsed, provider) ?? (type === 'error' ? inBandError({ error: parsed }, provider) : undefined);
  if (error !== undefined) throw error;
  return isNoChunk(parsed, type) ? {} : format.read(parsed, isWhole);
}

/**
 * The chunks of a provider's stream, in OpenAI's shape and under the stream contract. Completes when the end marker has come,
 * and errors when the body ends, breaks or says something unreadable before it.
 */
export function readChunks(source: EventSource, format: ChunkFormat): Observable<ChatCompletionChunk> {
  const { provider, call } = source;
  const { normalizer } = format;
  const texts = new TextChunks();
  const decoder = format.createDecoder(source.limits.maxBytes);
  return new Observable((subscriber) => {
    const emit = (chunks: ChatCompletionChunk[]): void => {
      for (const chunk of chunks) subscriber.next(chunk);
    };
    const finish = (): void => {
      emit(normalizer.end());
      call.complete();
      subscriber.complete();
    };
    const take = (event: ServerEvent): void => {
      const known = texts.read(event);
      if (known !== undefined) return subscriber.next(known);
      // One of them differs in more than its text: it and those behind it are read one by one.
      if (event.alike !== undefined) return eventsOf(event).forEach(take);
      const { raw, isEnd } = readEvent(event, source, format);
      const chunks = raw === undefined ? [] : normalizer.push(raw);
      texts.learn(event, chunks);
      decoder.expect?.(texts.expected);
      emit(chunks);
      if (isEnd) finish();
    };
    return subscribeGuarded(observeEvents(source, decoder), {
      next: take,
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
