import type { ChatCompletionChunk } from '@mana-llm/openai-api';
import { catchError, type Observable, throwError } from 'rxjs';
import { createNdjsonDecoder } from '../transport/ndjson-decoder.js';
import type { EventSource } from '../transport/observe-events.js';
import { type AnswerSource, ChunkNormalizer } from '../stream/chunk-normalizer.js';
import { readChunks } from '../stream/read-chunks.js';
import { createOllamaChunkMapper } from './from-ollama-chunk.js';
import type { AnswerReading } from './from-ollama-envelope.js';
import type { OllamaChatResponse } from './ollama-api.js';
import { clarifyOllamaError } from './read-ollama-error.js';

export interface OllamaStreamReading {
  answer: AnswerSource;
  reading: AnswerReading;
  /** The last line tells what the server counted and measured. */
  onEnd: (line: OllamaChatResponse) => void;
}

/** The lines of a streamed `/api/chat` -> chunks in OpenAI's shape. */
export function readOllamaStream(
  source: EventSource,
  { answer, reading, onEnd }: OllamaStreamReading,
): Observable<ChatCompletionChunk> {
  const toChunk = createOllamaChunkMapper(reading);
  return readChunks(source, {
    createDecoder: createNdjsonDecoder,
    normalizer: new ChunkNormalizer(answer),
    read: (line: OllamaChatResponse) => {
      // The text of a forced call is held back, but the model has begun to answer.
      if (line.message?.content) source.call.contentSeen();
      const isEnd = line.done === true;
      if (isEnd) onEnd(line);
      return { raw: toChunk(line), isEnd };
    },
  }).pipe(catchError((error: unknown) => throwError(() => clarifyOllamaError(error))));
}
